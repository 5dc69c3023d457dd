"""An inverted index over the names and descriptions of products."""

import math
import re
from collections import Counter, defaultdict

WORD = re.compile(r"[a-z0-9]+")


def words(text):
    return WORD.findall(text.lower())


class Index:
    def __init__(self):
        self.postings = defaultdict(Counter)
        self.lengths = {}

    def add(self, product_id, text):
        found = words(text)
        self.lengths[product_id] = len(found)
        for word in found:
            self.postings[word][product_id] += 1

    def search(self, query, limit=10):
        """Ranks products by tf-idf; an unknown word simply adds nothing."""
        scores = Counter()
        for word in words(query):
            hits = self.postings.get(word, {})
            weight = math.log(1 + len(self.lengths) / (1 + len(hits)))
            for product_id, count in hits.items():
                scores[product_id] += weight * count / self.lengths[product_id]
        return [product_id for product_id, _ in scores.most_common(limit)]
