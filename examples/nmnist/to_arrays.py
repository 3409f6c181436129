#!/usr/bin/env python3
"""to_arrays.py FOLDER OUT [--ticks 30] [--milliseconds 10]

Makes arrays that `saltus train` reads out of N-MNIST recordings (5 bytes an event: x, y, polarity and time in
microseconds): OUT/train.npy and OUT/test.npy, uint8 [sample, tick, polarity, row, column], 1 where there was an event
in that tick, and their labels. FOLDER holds NUMBER.bs2 and two lists, train1K.txt and test100.txt, of number and label.
Needs numpy (Debian: python3-numpy).
"""
import argparse
import pathlib

import numpy as np

SIZE = 34


def recording(path, ticks, microseconds):
    raw = np.fromfile(path, dtype=np.uint8).reshape(-1, 5).astype(np.int64)
    x, y = raw[:, 0], raw[:, 1]
    polarity = raw[:, 2] >> 7
    time = ((raw[:, 2] & 0x7F) << 16) | (raw[:, 3] << 8) | raw[:, 4]
    tick = time // microseconds
    inside = (tick < ticks) & (x < SIZE) & (y < SIZE)
    frames = np.zeros((ticks, 2, SIZE, SIZE), dtype=np.uint8)
    frames[tick[inside], polarity[inside], y[inside], x[inside]] = 1
    return frames, int(np.count_nonzero(~inside))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--ticks", type=int, default=30)
    parser.add_argument("--milliseconds", type=float, default=10)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for part, listing in (("train", "train1K.txt"), ("test", "test100.txt")):
        rows = [line.split() for line in (options.folder / listing).read_text().splitlines() if line.strip()]
        rows = [row for row in rows if row[0].isdigit()]
        samples, labels, beyond = [], [], 0
        for number, label in (row[:2] for row in rows):
            frames, left = recording(options.folder / f"{number}.bs2", options.ticks, round(1000 * options.milliseconds))
            samples.append(frames)
            labels.append(int(label))
            beyond += left
        np.save(options.out / f"{part}.npy", np.stack(samples))
        np.save(options.out / f"{part}_labels.npy", np.array(labels, dtype=np.int64))
        print(f"{part}: {len(samples)} recordings; {beyond} events after the last tick are left out")


if __name__ == "__main__":
    main()
