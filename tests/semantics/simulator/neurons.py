"""Neurons: the update rule and the three clocks (docs/semantics.md#the-update-rule)."""
import math

from float32 import add, f32, mul, power
from populations import Population


class Window:
    def __init__(self, given, T):
        self.start, self.end = given or (0, T)

    def __contains__(self, t):
        return self.start <= t < self.end


class Neurons(Population):
    def __init__(self, given, T):
        super().__init__(given, T)
        one = lambda where, key, default: f32(where.get(key, default))
        self.theta, self.beta = one(given, "theta", 1), one(given, "beta", 1)
        self.v_rest, self.v_init, self.v_reset = (one(given, key, 0) for key in ("v_rest", "v_init", "v_reset"))
        self.receptors = given.get("receptors", [{}])
        self.alpha = [one(r, "alpha", 0) for r in self.receptors]
        self.gain = [one(r, "gain", 1) for r in self.receptors]
        self.order2 = [{k: f32(v) for k, v in r["second_order"].items()} if r.get("second_order") else None for r in self.receptors]
        self.windows = [Window(r.get("drive_window"), T) for r in self.receptors]
        self.firing = Window(given.get("firing_window"), T)
        self.clock, self.refractory = given.get("clock", "stepped"), given.get("refractory", "integrate")
        self.period, self.before = given.get("refractory_ticks", 0), given.get("current_used") == "tick_before"
        self.when, self.reset_kind = given.get("reset_when", "at_firing"), given.get("reset", "subtract theta")
        self.d = f32(given["reset_trace"]) if given.get("reset_trace") is not None else None
        self.floor = f32(given["floor"]) if given.get("floor") is not None else None
        self.block = {"lazy": given.get("block") or self.shape.n, "leaps": 1}.get(self.clock, self.shape.n)

    def start(self):
        super().start()
        n, K = self.shape.n, range(len(self.receptors))
        self.v = [self.v_init] * n
        self.i, self.i2 = [[0.0 for _ in K] for _ in range(n)], [[0.0 for _ in K] for _ in range(n)]
        self.q, self.r, self.fired, self.free, self.last = [0.0] * n, [0] * n, [0] * n, [0] * n, [-1] * n
        self.drive = self.held_drive({})
        self.driven_before = [[0.0 for _ in K] for _ in range(n)]

    def held_drive(self, held):
        """[slot][receptor]; held: projection -> [(source slot, value)]."""
        drive = [[0.0 for _ in self.receptors] for _ in range(self.shape.n)]
        for k, receptor in enumerate(self.receptors):
            for i, bias in enumerate(receptor.get("bias") or []):
                drive[self.shape.slot[i]][k] = f32(bias)
        for projection in self.ins:
            for s, value in held.get(projection, []):
                for j, w, *_ in projection.rows[s]:
                    drive[j][projection.receptor] = add(drive[j][projection.receptor], mul(w, value))
        return drive

    def passes(self, h):
        return h >= self.theta if self.given.get("comparison", "v >= theta") == "v >= theta" else h > self.theta

    def reset(self, h, n):
        if self.reset_kind == "none":
            return h
        return add(h, -mul(n, self.theta)) if self.reset_kind == "subtract theta" else self.v_reset

    def leak(self, L, v):
        return mul(L, v) if self.v_rest == 0 else add(mul(L, add(v, -self.v_rest)), self.v_rest)

    def test(self, h, t, held):
        if not self.given.get("fires", True) or t not in self.firing or held:
            return 0
        if self.given.get("spikes_per_tick", "one") == "one":
            return 1 if self.passes(h) else 0
        return math.trunc(f32(h / self.theta)) if h > 0 else 0

    def inputs(self, t, arrivals, x):
        """Adds what arrives at t to x [slot][receptor]; returns which slots something reaches."""
        reached = set()
        for projection, packet in arrivals:
            k, sums = projection.receptor, {}
            whole = projection.int8 and all(payload == 1 for _, payload in packet)
            for s, payload in packet:
                for j, w, q, scale in projection.rows[s]:
                    reached.add(j)
                    if whole:
                        sums[j] = (sums.get(j, (0, 0))[0] + q, scale)
                    else:
                        x[j][k] = add(x[j][k], w if payload == 1 else mul(w, payload))
            for j, (n, scale) in sums.items():
                x[j][k] = add(x[j][k], mul(scale, float(n)))
        return reached

    def run(self, t, arrivals):
        slots, K = range(self.shape.n), range(len(self.receptors))
        drive = [[self.drive[j][k] if t in self.windows[k] else 0.0 for k in K] for j in slots]
        leaping = self.clock == "leaps"
        x = [[0.0 for _ in K] for _ in slots] if leaping else [list(row) for row in drive]
        reached = self.inputs(t, arrivals, x)
        out = []
        for first in range(0, self.shape.n, self.block):
            block = range(first, min(first + self.block, self.shape.n))
            ends = [self.period > 1 and self.free[j] == t for j in block]
            due = self.clock == "stepped" or any(j in reached for j in block)
            if self.clock == "lazy" and self.given.get("fires", True):
                due = due or any(self.fired[j] for j in block) or any(ends) or t == self.firing.start
            for j in block:
                if leaping:
                    n = self.leap(j, t, drive[j], x[j], j in reached, ends[0])
                elif due:
                    n = self.update(j, t, x[j], self.beta if self.clock == "stepped" else power(self.beta, t - self.last[j]))
                    self.last[j] = t
                else:
                    n = 0
                self.fired[j] = n if due or leaping else 0
                if n:
                    self.free[j] = t + self.period
                    out.append((j, float(n)))
        if out:
            self.sent[t] = out

    def update(self, j, t, x, L):
        held = t < self.free[j]
        if held and self.refractory == "drop":
            x = [0.0] * len(x)
        i, u = self.i[j], []
        for k, a in enumerate(self.alpha):
            old, o = i[k], self.order2[k]
            if o:
                i[k] = add(add(mul(o["a1"], i[k]), mul(o["a2"], self.i2[j][k])), mul(o.get("b", 1.0), x[k]))
                self.i2[j][k] = old
            else:
                i[k] = x[k] if a == 0 else add(mul(a, i[k]), x[k])
            u.append(old if self.before else i[k])
        v, counts = self.v[j], self.given.get("previous_reset_counts", False)
        r0 = (1 if self.passes(v) else 0) if counts else self.r[j]
        h = self.leak(L, self.reset(v, r0) if r0 and self.when == "next_before_leak" else v)
        for k, g in enumerate(self.gain):
            h = add(h, u[k] if g == 1 else mul(g, u[k]))
        if r0 and (counts or self.when == "next_after_input"):
            h = self.reset(h, r0)
        if r0 and self.when == "next_over_all":
            h = self.v_reset
        if self.d is not None:
            self.q[j] = add(mul(self.d, self.q[j]), float(self.fired[j]))
            h = add(h, -self.q[j])
        if held and self.refractory == "hold":
            h = v
        n = self.test(h, t, held)
        if counts:
            v = add(h, -mul(float(n - r0), self.theta))
        elif self.when == "at_firing":
            v = self.reset(h, n) if n else h
        else:
            v, self.r[j] = h, n
        self.v[j] = self.floor if self.floor is not None and v < self.floor else v
        return n

    def moved(self, j, t, drive, held):
        """v and i at t in closed form from the stored state."""
        n, i = t - self.last[j], list(self.i[j])
        if n == 0:
            return self.v[j], i
        v = self.leak(power(self.beta, n), self.v[j])
        for k, alpha in enumerate(self.alpha):
            a, b, c, e = 1.0, 0.0, 0.0, 0.0
            for _ in range(n):
                a1, b1 = alpha * a, alpha * b + 1
                c, e = (self.beta * c + self.gain[k] * (a if self.before else a1),
                        self.beta * e + self.gain[k] * (b if self.before else b1))
                a, b = a1, b1
            v = add(add(v, mul(f32(c), self.i[j][k])), mul(f32(e), drive[k]))
            i[k] = add(mul(f32(a), self.i[j][k]), mul(f32(b), drive[k]))
        return (self.v[j] if held and self.refractory == "hold" else v), i

    def leap(self, j, t, drive, xa, reached, ends):
        held = t < self.free[j]
        dropped = held and self.refractory == "drop"
        if dropped:
            drive = [0.0] * len(drive)
        if drive != self.driven_before[j] or ends:
            self.v[j], self.i[j] = self.moved(j, t - 1, self.driven_before[j], t - 1 < self.free[j])
            self.last[j] = t - 1
        self.driven_before[j] = drive
        v, i = self.moved(j, t, drive, held)
        arrives = reached and not dropped
        for k, g in enumerate(self.gain):
            if arrives:
                i[k] = add(i[k], xa[k])
                if not self.before and not (held and self.refractory == "hold"):
                    v = add(v, xa[k] if g == 1 else mul(g, xa[k]))
        n = self.test(v, t, held)
        if n:
            v = self.reset(v, n)
        if n or arrives:
            self.v[j], self.i[j], self.last[j] = v, i, t
        return n

    def read(self, t):
        """v by slot after tick t; stores nothing."""
        if self.clock == "leaps":
            return [self.moved(j, t, self.driven_before[j], t < self.free[j])[0] for j in range(self.shape.n)]
        v = list(self.v)
        for j in range(self.shape.n):
            if self.clock == "lazy" and t > self.last[j]:
                v[j] = self.leak(power(self.beta, t - self.last[j]), v[j])
                v[j] = self.floor if self.floor is not None and v[j] < self.floor else v[j]
        return v
