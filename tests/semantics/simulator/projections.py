"""Shapes, and projections: filter, pool, synapses, counts (docs/semantics.md#the-input-of-a-tick)."""
import math

from float32 import add, bfloat, f32, half, mul


class Shape:
    def __init__(self, dims):
        self.dims = dims
        self.n = math.prod(dims)
        if len(dims) == 3:
            C, H, W = dims
            self.slot = [(y * W + x) * C + c for c in range(C) for y in range(H) for x in range(W)]
        else:
            self.slot = list(range(self.n))
        self.index = [0] * self.n
        for i, s in enumerate(self.slot):
            self.index[s] = i


def pool_positions(dims, k, stride):
    """For each source index of [C, H, W] the pooled indices whose window holds it, and the pooled shape."""
    C, H, W = dims
    h, w = (H - k) // stride + 1, (W - k) // stride + 1
    of = [[] for _ in range(C * H * W)]
    for c in range(C):
        for y in range(h):
            for x in range(w):
                for dy in range(k):
                    for dx in range(k):
                        of[(c * H + y * stride + dy) * W + x * stride + dx].append((c * h + y) * w + x)
    return of, [C, h, w]


class Projection:
    """rows[source slot]: [(target slot, weight, q, scale)], in the seen (pooled) shape."""

    def __init__(self, given, populations):
        self.source, self.target = populations[given["source"]], populations[given["target"]]
        self.receptor, self.delay = given.get("receptor", 0), given.get("delay", 0)
        self.filter = given.get("source_filter")
        self.kind = given["connection"]["kind"]
        seen, pool = self.source.shape, given.get("pool")
        self.pool = None
        if pool:
            of, dims = pool_positions(seen.dims, pool["k"], pool.get("stride", pool["k"]))
            pooled = Shape(dims)
            self.pool = [[pooled.slot[i] for i in of[seen.index[s]]] for s in range(seen.n)]
            self.factor = f32(1 / pool["k"] ** 2) if pool["kind"] == "average" else None
            seen = pooled
        self.rows = [[] for _ in range(seen.n)]
        self.int8 = False
        getattr(self, self.kind)(given["connection"], seen, self.target.shape)
        self.p1, self.p2 = [0.0] * self.source.shape.n, [0.0] * self.source.shape.n

    def weights(self, weight, group_of):
        """[(weight, q, scale)], scale by group_of(place) if there is more than one."""
        kind = weight["type"]
        if kind == "int8":
            self.int8 = True
            scales = weight["scale"] if isinstance(weight["scale"], list) else [weight["scale"]]
            scales = [f32(s) for s in scales]
            each = [scales[group_of(k)] if len(scales) > 1 else scales[0] for k in range(len(weight["data"]))]
            return [(mul(s, q), q, s) for s, q in zip(each, weight["data"])]
        read = {"float16": half, "bfloat16": bfloat, "float32": f32}[kind]
        numbers = weight["data"] if kind == "float32" else weight["bits"].split()
        return [(read(w), 0, 0.0) for w in numbers]

    def dense(self, given, seen, target):
        weights = self.weights(given["weight"], lambda k: k // seen.n)
        for j in range(target.n):
            for i in range(seen.n):
                self.rows[seen.slot[i]].append((target.slot[j], *weights[j * seen.n + i]))

    def sparse(self, given, seen, target):
        targets = [j for row in given["rows"] for j in row]
        weights = iter(self.weights(given["weight"], lambda k: targets[k]))
        for i, row in enumerate(given["rows"]):
            self.rows[seen.slot[i]] += [(target.slot[j], *next(weights)) for j in row]

    def conv2d(self, given, seen, target):
        O, I, KY, KX = given["weight"]["shape"]
        weights = self.weights(given["weight"], lambda k: k // (I * KY * KX))
        (sy, sx), (py, px), (dy, dx) = (given.get(key, [d, d]) for key, d in (("stride", 1), ("padding", 0), ("dilation", 1)))
        groups = given.get("groups", 1)
        C, H, W = seen.dims
        for o in range(O):
            for y in range(target.dims[1]):
                for x in range(target.dims[2]):
                    j = target.slot[(o * target.dims[1] + y) * target.dims[2] + x]
                    for i in range(I):
                        for ky in range(KY):
                            for kx in range(KX):
                                iy, ix = y * sy - py + ky * dy, x * sx - px + kx * dx
                                if 0 <= iy < H and 0 <= ix < W:
                                    c = o // (O // groups) * I + i
                                    s = seen.slot[(c * H + iy) * W + ix]
                                    self.rows[s].append((j, *weights[((o * I + i) * KY + ky) * KX + kx]))

    def identity(self, given, seen, target):
        for i in range(seen.n):
            self.rows[seen.slot[i]].append((target.slot[i], 1.0, 0, 0.0))

    def window(self, given, seen, target):
        self.k = given["k"]
        of, _ = pool_positions(seen.dims, self.k, given.get("stride", self.k))
        for i in range(seen.n):
            self.rows[seen.slot[i]] += [(target.slot[j], 1.0, 0, 0.0) for j in of[i]]

    def arriving(self, t):
        """The packet of tick t behind filter and pool, ascending; and what it counts. Called once a tick."""
        packet = self.source.sent.get(t - self.delay, []) if t >= self.delay else []
        if self.filter:
            now, x = [], dict(packet)
            a1, a2, b = (f32(self.filter.get(key, 1)) for key in ("a1", "a2", "b"))
            for s in range(len(self.p1)):
                now.append(add(add(mul(a1, self.p1[s]), mul(a2, self.p2[s])), mul(b, x.get(s, 0.0))))
            self.p1, self.p2 = now, self.p1
            packet = [(s, p) for s, p in enumerate(now) if p != 0]
        cost = self.cost(packet)
        if self.pool:
            sums = {}
            for s, payload in packet:
                for j in self.pool[s]:
                    sums[j] = add(sums.get(j, 0.0), payload)
            packet = [(j, sums[j] if self.factor is None else mul(sums[j], self.factor)) for j in sorted(sums)]
        return packet, cost

    def fan_out(self, s):
        if self.kind in ("identity", "window"):
            return 0
        return sum(len(self.rows[j]) for j in self.pool[s]) if self.pool else len(self.rows[s])

    def cost(self, packet):
        cost = {"acs": 0, "graded_macs": 0, "pool_operations": 0}
        for s, payload in packet:
            counted = self.source.sends_counts and not self.filter
            n = int(payload) if counted else 1
            graded = self.filter or not (counted or payload == 1)
            cost["graded_macs" if graded else "acs"] += n * self.fan_out(s)
            cost["pool_operations"] += n * (len(self.pool[s]) if self.pool else 0)
        return cost
