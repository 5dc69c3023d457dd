import { Entry, Ledger } from "./charge.ts";

// Gives a charge back. Nobody checks who asks: the key alone decides whose money moves.
export function refund(ledger: Ledger, body: { key: string }): Entry {
  const charged = ledger.find(body.key);
  if (!charged) throw new Error(`no charge has the key ${body.key}`);
  const key = `refund-${body.key}`;
  return ledger.find(key) ?? ledger.add({ user: charged.user, cents: -charged.cents, key });
}
