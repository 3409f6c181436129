"""float32 arithmetic: doubles, rounded after each operation (for + - * / of two float32 numbers that is exact)."""
import struct


def f32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def add(a, b):
    return f32(a + b)


def mul(a, b):
    return f32(a * b)


def power(b, n):
    y, s = 1.0, b
    while n:
        if n & 1:
            y *= s
        s *= s
        n >>= 1
    return f32(y)


def half(bits):
    return struct.unpack("<e", bytes.fromhex(bits)[::-1])[0]


def bfloat(bits):
    return struct.unpack(">f", bytes.fromhex(bits) + b"\0\0")[0]


def bits(values):
    return " ".join(struct.pack(">f", v).hex() for v in values)
