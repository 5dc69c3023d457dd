import { call } from "./session.js";

// The basket lives in the page; paying sends it once, with a key that makes a second click harmless.
export class Basket {
  constructor() {
    this.items = new Map();
    this.key = crypto.randomUUID();
  }

  add(product, count = 1) {
    this.items.set(product.id, { product, count: (this.items.get(product.id)?.count ?? 0) + count });
  }

  get cents() {
    return [...this.items.values()].reduce((sum, { product, count }) => sum + product.cents * count, 0);
  }

  async pay() {
    const body = JSON.stringify({ cents: this.cents, key: this.key });
    return call("/payments/charge", { method: "POST", body });
  }
}
