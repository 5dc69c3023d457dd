export type Entry = { user: string; cents: number; key: string };

// Everything that was charged and refunded, in the order in which it happened.
export class Ledger {
  private entries: Entry[] = [];

  find(key: string): Entry | undefined {
    return this.entries.find((entry) => entry.key === key);
  }

  add(entry: Entry): Entry {
    this.entries.push(entry);
    return entry;
  }

  balance(user: string): number {
    return this.entries.filter((e) => e.user === user).reduce((sum, e) => sum + e.cents, 0);
  }
}

// Charges once per key: a repeated request gets the first answer again.
export function charge(ledger: Ledger, user: string, body: { cents: number; key: string }): Entry {
  if (!Number.isInteger(body.cents) || body.cents <= 0) throw new Error("cents must be a positive whole number");
  return ledger.find(body.key) ?? ledger.add({ user, cents: body.cents, key: body.key });
}
