// Data that the page carries in <script> elements: JSON, and zlib-compressed bytes in base64, as
// models/trace/page_columns writes them.

export function readJson<T>(id: string): T {
  return JSON.parse(document.getElementById(id)!.textContent!) as T;
}

export function hasBlob(id: string): boolean {
  return document.getElementById(id) !== null;
}

export async function readBlob(id: string): Promise<Uint8Array> {
  const element = document.getElementById(id);
  if (!element) return new Uint8Array(0);
  const text = atob(element.textContent!);
  const packed = new Uint8Array(text.length);
  for (let k = 0; k < text.length; ++k) packed[k] = text.charCodeAt(k);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Reads what ColumnWriter wrote, in order.
export class ColumnReader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  number(): number {
    let byte = this.bytes[this.at++];
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let factor = 0x80;
    do {
      if (this.at >= this.bytes.length) throw new Error("the page's data are cut off");
      byte = this.bytes[this.at++];
      value += (byte & 0x7f) * factor; // up to 2^53, beyond 32-bit shifts
      factor *= 0x80;
    } while (byte >= 0x80);
    return value;
  }

  byte(): number {
    return this.bytes[this.at++];
  }

  floats(count: number): Float32Array {
    const out = new Float32Array(count);
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + this.at, 4 * count);
    for (let k = 0; k < count; ++k) out[k] = view.getFloat32(4 * k, true);
    this.at += 4 * count;
    return out;
  }
}
