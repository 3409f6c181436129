#!/usr/bin/env python3
"""Trains the network of this folder with NumPy alone and saves it as PyTorch's state dict would be.

    python3 train.py MNIST_FOLDER

MNIST_FOLDER holds the four IDX files, plain or .gz (scripts/get-data mnist fetches them). Writes
fc1.weight.npy [32, 784] ... fc3.bias.npy [10], and the first 100 test digits as images.npy and labels.npy.
"""
import gzip
import pathlib
import sys

import numpy as np


def idx(folder, name):
    plain = folder / name
    data = plain.read_bytes() if plain.exists() else gzip.open(f"{plain}.gz").read()
    dims = [int.from_bytes(data[4 + 4 * k : 8 + 4 * k], "big") for k in range(data[3])]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(dims)


def forward(net, x):
    a1 = np.maximum(x @ net["fc1.weight"].T + net["fc1.bias"], 0)
    a2 = np.maximum(a1 @ net["fc2.weight"].T + net["fc2.bias"], 0)
    return a1, a2, a2 @ net["fc3.weight"].T + net["fc3.bias"]


def gradients(net, x, y):
    a1, a2, z = forward(net, x)
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    d3 = p / len(y)
    d2 = (d3 @ net["fc3.weight"]) * (a2 > 0)
    d1 = (d2 @ net["fc2.weight"]) * (a1 > 0)
    return {
        "fc3.weight": d3.T @ a2, "fc3.bias": d3.sum(0),
        "fc2.weight": d2.T @ a1, "fc2.bias": d2.sum(0),
        "fc1.weight": d1.T @ x, "fc1.bias": d1.sum(0),
    }


def main():
    folder = pathlib.Path(sys.argv[1])
    x = idx(folder, "train-images-idx3-ubyte").reshape(-1, 784).astype(np.float32) / 255
    y = idx(folder, "train-labels-idx1-ubyte").astype(int)
    images = idx(folder, "t10k-images-idx3-ubyte")
    labels = idx(folder, "t10k-labels-idx1-ubyte")

    rng = np.random.default_rng(0)
    net = {}
    for name, inputs, outputs in [("fc1", 784, 32), ("fc2", 32, 32), ("fc3", 32, 10)]:
        net[name + ".weight"] = rng.normal(0, np.sqrt(2 / inputs), (outputs, inputs)).astype(np.float32)
        net[name + ".bias"] = np.zeros(outputs, np.float32)
    m = {k: np.zeros_like(v) for k, v in net.items()}
    s = {k: np.zeros_like(v) for k, v in net.items()}
    step, epochs = 0, 15
    for epoch in range(epochs):
        rate = 2e-3 * (1 - epoch / epochs)
        for batch in np.array_split(rng.permutation(len(y)), len(y) // 64):
            step += 1
            for k, g in gradients(net, x[batch], y[batch]).items():  # Adam
                m[k] = 0.9 * m[k] + 0.1 * g
                s[k] = 0.999 * s[k] + 0.001 * g * g
                net[k] -= (rate * (m[k] / (1 - 0.9**step)) / (np.sqrt(s[k] / (1 - 0.999**step)) + 1e-8)).astype(np.float32)

    test = images.reshape(-1, 784).astype(np.float32) / 255
    right = (forward(net, test)[2].argmax(1) == labels).mean()
    theta = np.percentile(forward(net, x)[1], 99.9)
    print(f"test accuracy as an ordinary network: {right:.4f}")
    print(f"99.9th percentile of fc2's activations (theta): {theta:.2f}")
    for name, value in net.items():
        np.save(f"{name}.npy", value)
    np.save("images.npy", images[:100])
    np.save("labels.npy", labels[:100].astype(np.int64))


if __name__ == "__main__":
    main()
