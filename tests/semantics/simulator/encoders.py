"""Encoders of activations, and random numbers (docs/semantics.md#encoders-and-random-numbers)."""
import math

from float32 import add, f32, mul


def philox(key, counter):
    k0, k1 = key & 0xFFFFFFFF, key >> 32
    c = [x & 0xFFFFFFFF for x in counter]
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [p1 >> 32 ^ c[1] ^ k0, p1 & 0xFFFFFFFF, p0 >> 32 ^ c[3] ^ k1, p0 & 0xFFFFFFFF]
        k0, k1 = k0 + 0x9E3779B9 & 0xFFFFFFFF, k1 + 0xBB67AE85 & 0xFFFFFFFF
    return c


def encode(population, number, activations, seed, sample, T):
    """Events [tick, index, payload] of bernoulli, poisson and latency."""
    coding, c = population.given["coding"], f32(population.given.get("c", 1))
    events = []
    for i, a in enumerate(activations):
        scaled = f32(f32(a) / c)
        x = min(max(scaled, 0.0), 1.0)
        if coding == "latency":
            span = population.given.get("T", T)
            q = math.floor(add(mul(float(span), x), 0.5))
            events += [[span - q, i, 1.0]] if q else []
            continue
        for t in range(T):
            u = (philox(seed, (i, t, sample, number * 256))[0] >> 8) * 2.0 ** -24
            if coding == "bernoulli":
                k = 1 if u < x else 0
            else:
                mean = max(scaled, 0.0)
                k, p = 0, math.exp(-mean)
                total = p
                while not u < total:
                    k += 1
                    p = p * mean / k
                    total += p
            events += [[t, i, float(k)]] if k else []
    return sorted(events)
