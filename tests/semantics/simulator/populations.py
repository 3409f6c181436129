"""What all populations share, and max pools (docs/semantics.md#max-pools)."""
from float32 import add
from projections import Shape


class Population:
    def __init__(self, given, T):
        self.name, self.kind, self.given = given["name"], given.get("kind", "neurons"), given
        self.shape, self.T = Shape(given["shape"]), T
        self.sends_counts = self.kind == "neurons" or given.get("coding") == "poisson"
        self.ins, self.sent = [], {}  # sent: tick -> [(slot, payload)], ascending

    def start(self):
        self.sent = {}

    def run(self, t, arrivals):
        pass


class MaxPool(Population):
    def start(self):
        super().start()
        self.c, self.M = [0.0] * self.ins[0].source.shape.n, [0.0] * self.shape.n

    def run(self, t, arrivals):
        (projection, packet), = arrivals
        reached = {}
        for s, payload in packet:
            self.c[s] = add(self.c[s], payload)
            for j, *_ in projection.rows[s]:
                reached.setdefault(j, []).append(payload)
        out = []
        for j in sorted(reached):
            if self.given["mode"] == "by_count":
                most = max(self.c[s] for s, row in enumerate(projection.rows) if any(k == j for k, *_ in row))
                most, self.M[j] = add(most, -self.M[j]), most
                if most > 0:
                    out.append((j, most))
            else:
                zeros = [0.0] if projection.filter and len(reached[j]) < projection.k ** 2 else []
                most = max(reached[j] + zeros)
                if most != 0 or not projection.filter:
                    out.append((j, most))
        if out:
            self.sent[t] = out
