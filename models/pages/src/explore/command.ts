// The command that explains a spike, to be pasted into a shell.
import type { Meta } from "./data";

// As one word of a POSIX shell.
export function shellWord(text: string): string {
  return /^[\w@%+=:,.\/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function whyCommand(meta: Meta, sample: number, spike: string, fired: boolean): string {
  const model = meta.modelFile ? shellWord(meta.modelFile) : "MODEL";
  const data = meta.dataName ? shellWord(meta.dataName) : "DATA";
  return `saltus trace why ${shellWord(meta.traceFile)} --sample ${sample} --${fired ? "spike" : "silent"} ${shellWord(spike)} --model ${model} ${meta.dataOption} ${data}`;
}
