"""The driver's arithmetic and its protocol, against numbers worked out by hand and a child of a few lines."""

from __future__ import annotations

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from driver import command, figures, inputs, measure, memory, report, sparsity_plot, targets  # noqa: E402
from driver.child import Child, ChildGone  # noqa: E402
from driver.contenders import Contender  # noqa: E402
from driver.places import BenchError  # noqa: E402

# Answers two requests, then one that fails, then leaves.
CHILD = """
import json, sys
for n, line in enumerate(sys.stdin):
    if n == 3:
        break
    told = json.loads(line)
    print(json.dumps({"ok": n < 2, "seconds": 2.0, "samples": 4, "error": "worn out", "op": told["op"]}), flush=True)
"""


def contender(kind: str, form: str, batch: int, seconds: list[float], workload: str = "A") -> Contender:
    made = Contender(workload, "saltus" if kind == "saltus" else "peer", form, kind, batch, None, samples=2, synops=1e6)
    made.runs = [{"seconds": s, "samples": 2} for s in seconds]
    return made


class Figures(unittest.TestCase):
    def test_times_are_told_a_sample_with_median_least_and_most(self) -> None:
        told = figures.summary(contender("saltus", "float32", 1, [4.0, 2.0, 12.0]))
        self.assertEqual((told["median"], told["min"], told["max"]), (2.0, 1.0, 6.0))
        self.assertEqual(told["synops_per_second"], 5e5)

    def test_a_ratio_is_of_medians_and_tells_its_worst_pair(self) -> None:
        ours = contender("saltus", "float32", 1, [1.0, 2.0, 1.0])
        peer = contender("plain", "loop", 1, [8.0, 8.0, 10.0])
        told = figures.ratio(peer, ours)
        self.assertEqual((told["ratio"], told["worst_pair"], told["best_pair"]), (8.0, 4.0, 10.0))

    def test_the_tuned_peer_is_the_fastest_of_any_kind_that_stayed_to_the_end(self) -> None:
        plain = contender("plain", "loop", 1, [2.0] * 5)
        tuned = contender("tuned", "fold", 8, [3.0] * 5)
        gone = contender("tuned", "left after the trial", 8, [1.0] * 2)
        everyone = [plain, tuned, gone]
        self.assertIs(figures.best_of(everyone, "tuned"), plain)
        self.assertIs(figures.best_of(everyone, "tuned", 8), tuned)
        self.assertIsNone(figures.best_of(everyone, "plain", 64))

    def test_forms_that_name_a_precision_are_held_against_the_same_one(self) -> None:
        ours = contender("saltus", "float64", 1, [1.0], "C")
        peers = [contender("plain", "float32", 1, [2.0], "C"), contender("tuned", "float64-branch-free", 1, [4.0], "C")]
        told = figures.ratios([ours, *peers])
        self.assertEqual([(entry["peer"], entry["ratio"]) for entry in told], [("float64-branch-free", 4.0)])

    def test_time_and_crossover_lie_on_straight_lines_in_logarithms(self) -> None:
        points = [{"activity": a, "seconds": a**2} for a in (0.0, 0.001, 0.1, 1.0)]
        self.assertAlmostEqual(figures.seconds_at(points, 0.01), 1e-4)
        self.assertAlmostEqual(figures.crossover(points, 0.25), 0.5)
        self.assertIsNone(figures.crossover(points, 4.0))
        self.assertIsNone(figures.seconds_at(points, 1e-5))

    def test_forms_that_cannot_win_leave_after_the_trial(self) -> None:
        ours = contender("saltus", "float32", 1, [9.0])
        slow = contender("plain", "slow", 1, [5.0])
        only_plain_at_one = contender("plain", "loop", 1, [3.0])
        best = contender("tuned", "fold", 8, [1.0])
        near = contender("tuned", "near", 16, [1.1])
        far = contender("tuned", "far", 16, [2.0])
        stay = measure.still_in_it([ours, slow, only_plain_at_one, best, near, far])
        self.assertEqual([c.form for c in stay], ["float32", "loop", "fold", "near"])


class Targets(unittest.TestCase):
    def test_a_target_says_whether_must_or_stretch_is_met(self) -> None:
        def met(value: float, smaller: bool) -> str:
            return targets.Verdict("X", "", value, 50 if smaller else 3, 20 if smaller else 5, "", smaller).met

        self.assertEqual([met(v, False) for v in (2, 3, 5)], ["NOT MET", "must", "stretch"])
        self.assertEqual([met(v, True) for v in (51, 50, 20)], ["NOT MET", "must", "stretch"])

    def test_two_threads_are_held_against_one(self) -> None:
        runs = [contender("saltus", f, 1, [s], "D") for f, s in (("1 thread", 3.6), ("2 threads", 2.0))]
        self.assertEqual([(v.value, v.met) for v in targets.verdicts_of(runs)], [(1.8, "must")])


    def test_memory_beyond_the_state_is_told_as_a_share_of_the_model(self) -> None:
        made = contender("saltus", "float32", 1, [1.0])
        made.memory = memory.told({"model": 1000.0, "state": 50.0, "with_threads": [500.0, 700.0, 800.0]})
        self.assertEqual(made.memory["a_thread"], 150.0)
        verdict = next(v for v in targets.verdicts_of([made]) if "memory" in v.what)
        self.assertEqual((verdict.value, verdict.met), (10.0, "stretch"))
        self.assertIn("holds 0 kB", report.memory_lines([made]))


class Protocol(unittest.TestCase):
    def test_a_child_is_timed_until_it_fails_and_its_reason_is_kept(self) -> None:
        child = Child("child", [sys.executable, "-c", CHILD], "0")
        made = Contender("A", "saltus", "float32", "saltus", 1, child)
        measure.time_in_turn([made], 4)
        self.assertEqual(made.per_sample(), [0.5, 0.5])
        self.assertEqual(made.error, "worn out")
        with self.assertRaises(ChildGone):
            child.ask({"op": "run"})
        child.stop()


class Reports(unittest.TestCase):
    def test_both_files_are_written_with_failures_named(self) -> None:
        good = contender("saltus", "float32", 1, [1.0, 2.0])
        bad = contender("tuned", "fold", 8, [])
        bad.error = "digest: 12, golden 13"
        with tempfile.TemporaryDirectory() as folder:
            report.write([good, bad], {"commit": "abc"}, Path(folder), False)
            text = (Path(folder) / "bench.md").read_text()
        self.assertIn("| saltus | float32 | 1 | 750 | 500 | 1000 | 2 |", text)
        self.assertIn("digest: 12, golden 13", text)

    def test_the_picture_shows_both_curves_and_the_ring(self) -> None:
        points = [{"activity": a, "seconds": a * 1e-3} for a in (0.0, 0.001, 0.01, 0.1, 0.9)]
        svg = sparsity_plot.draw({"float32": (points, 5e-4), "int8": (points, 1e-4)}, "title", ["note"])
        self.assertEqual(svg.count("<polyline"), 2)
        self.assertIn(">50 %<", svg)
        self.assertIn(">10 %<", svg)


class Arguments(unittest.TestCase):
    def test_bad_use_is_refused_in_one_line(self) -> None:
        for arguments, says in ((["Q"], "got Q"), (["-r", "0"], "--repetitions: got 0")):
            with self.assertRaisesRegex(BenchError, says):
                command.parse(arguments)

    def test_workloads_that_need_weights_are_skipped_without_them_unless_asked_for(self) -> None:
        self.assertEqual(command.choose_workloads(command.parse([]), None), ["C2", "D", "G", "H", "I"])
        with self.assertRaises(BenchError):
            command.choose_workloads(command.parse(["A"]), None)

    def test_a_npy_header_is_padded_to_64_bytes_and_says_its_length(self) -> None:
        header = inputs.npy_header("|u1", (2, 3))
        self.assertEqual(len(header) % 64, 0)
        self.assertEqual(int.from_bytes(header[8:10], "little"), len(header) - 10)
        self.assertTrue(header.endswith(b"\n"))


if __name__ == "__main__":
    unittest.main()
