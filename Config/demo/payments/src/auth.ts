import type { IncomingMessage } from "node:http";

// The gateway puts the checked user into this header; without it the request did not come through the gateway.
const header = "x-shop-user";

export function requireUser(handler: (user: string, body: any) => unknown) {
  return (request: IncomingMessage, body: any) => {
    const user = request.headers[header];
    if (typeof user !== "string" || user === "") throw new Error("not signed in");
    return handler(user, body);
  };
}
