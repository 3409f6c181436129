// A canvas as large as its box, in the screen's own pixels.

export class Surface {
  readonly canvas: HTMLCanvasElement;
  readonly context: CanvasRenderingContext2D;
  width = 0; // CSS pixels
  height = 0;
  ratio = 1; // screen pixels a CSS pixel

  constructor(canvas: HTMLCanvasElement, resized: () => void) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d")!;
    new ResizeObserver(() => {
      this.fit();
      resized();
    }).observe(canvas);
  }

  // Takes the box's size; true if there is anything to draw on.
  fit(): boolean {
    const box = this.canvas.getBoundingClientRect();
    this.ratio = Math.min(devicePixelRatio || 1, 3);
    this.width = box.width;
    this.height = box.height;
    const width = Math.round(box.width * this.ratio);
    const height = Math.round(box.height * this.ratio);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    return width > 0 && height > 0;
  }

  // An empty canvas, with CSS pixels as units.
  begin(): CanvasRenderingContext2D {
    this.context.setTransform(1, 0, 0, 1, 0, 0);
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    return this.context;
  }
}

export const font = "11px Inter, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif";

// Text that keeps clear of the canvas's edges.
export function label(context: CanvasRenderingContext2D, text: string, x: number, y: number, from: number, until: number): void {
  const half = context.measureText(text).width / 2;
  context.textAlign = "center";
  context.fillText(text, Math.min(Math.max(x, from + half), until - half), y);
}
