import { createServer, IncomingMessage, ServerResponse } from "node:http";
import { charge, Ledger } from "./charge.ts";
import { refund } from "./refund.ts";
import { requireUser } from "./auth.ts";

const ledger = new Ledger();

type Handler = (request: IncomingMessage, body: any) => unknown;

// The auth check wraps a handler; a handler that stands here without it is open.
const handlers: Record<string, Handler> = {
  "POST /payments/charge": requireUser((user, body) => charge(ledger, user, body)),
  "POST /payments/refund": (_request, body) => refund(ledger, body),
  "GET /payments/balance": requireUser((user) => ({ cents: ledger.balance(user) })),
};

async function read(request: IncomingMessage): Promise<any> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text === "" ? {} : JSON.parse(text);
}

createServer(async (request: IncomingMessage, response: ServerResponse) => {
  const handler = handlers[`${request.method} ${request.url}`];
  if (!handler) {
    response.writeHead(404).end();
    return;
  }
  try {
    const result = handler(request, await read(request));
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result));
  } catch (error) {
    response.writeHead(400).end(String(error));
  }
}).listen(8081);
