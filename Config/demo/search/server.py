"""GET /search?q=words: the only endpoint of this service. The gateway has checked the token before."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlparse

from index import Index

PRODUCTS = json.loads((Path(__file__).parent / "products.json").read_text())
INDEX = Index()
for product in PRODUCTS:
    INDEX.add(product["id"], product["name"] + " " + product["about"])


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlparse(self.path)
        if url.path != "/search":
            self.send_error(404)
            return
        # An empty query is a question for everything, which would be slow: refuse it.
        query = parse_qs(url.query).get("q", [""])[0]
        if not query.strip():
            self.send_error(400, "q is empty")
            return
        body = json.dumps(INDEX.search(query)).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8082), Handler).serve_forever()
