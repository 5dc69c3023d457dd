"""Makes a large store: one real answer recorded by Tutti, then copied by SQL until the file is as large as wanted."""

from contestants import TOOLS

RARE = "zanzibar"
COMMON = "stream answer"


def make(megabytes):
    raise NotImplementedError
