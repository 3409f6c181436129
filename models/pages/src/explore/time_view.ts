// The ticks in view. What is asked for is reached in a short glide, or at once where the reader
// prefers less motion.

const glide = 140; // milliseconds
const still = matchMedia("(prefers-reduced-motion: reduce)");

export class TimeView {
  from: number; // as drawn now
  until: number;
  private goal: [number, number];
  private start: [number, number] = [0, 0];
  private began = 0;
  private moving = false;

  constructor(
    private readonly least: number,
    private readonly most: number,
    private readonly changed: () => void, // asks for a frame
  ) {
    this.from = least;
    this.until = most;
    this.goal = [least, most];
  }

  // Where the view is going, which is what links and states speak of.
  get target(): [number, number] {
    return this.goal;
  }

  show(from: number, until: number, at_once = false): void {
    const all = this.most - this.least;
    const span = Math.min(Math.max(until - from, Math.min(1, all)), all);
    const middle = (from + until) / 2;
    const first = Math.min(Math.max(middle - span / 2, this.least), this.most - span);
    this.goal = [first, first + span];
    if (at_once || still.matches) {
      this.moving = false;
      [this.from, this.until] = this.goal;
    } else {
      this.start = [this.from, this.until];
      this.began = performance.now();
      this.moving = true;
    }
    this.changed();
  }

  // About a tick that stays where it is; a factor below 1 shows more detail.
  zoom(factor: number, about: number, at_once = false): void {
    const [from, until] = this.goal;
    const span = Math.min(Math.max((until - from) * factor, 1), this.most - this.least);
    const share = (about - from) / (until - from);
    this.show(about - share * span, about + (1 - share) * span, at_once);
  }

  // By a share of what is in view.
  pan(share: number, at_once = false): void {
    const [from, until] = this.goal;
    const step = Math.min(Math.max(share * (until - from), this.least - from), this.most - until);
    this.show(from + step, until + step, at_once);
  }

  fit(): void {
    this.show(this.least, this.most);
  }

  // Moves on for this frame; true while there is more to come.
  advance(now: number): boolean {
    if (!this.moving) return false;
    const share = Math.min(Math.max((now - this.began) / glide, 0), 1);
    const eased = 1 - (1 - share) ** 3;
    this.from = this.start[0] + (this.goal[0] - this.start[0]) * eased;
    this.until = this.start[1] + (this.goal[1] - this.start[1]) * eased;
    this.moving = share < 1;
    return this.moving;
  }
}
