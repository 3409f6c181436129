// Keys and gestures of the page; `?` lists them.
import { toggleTheme } from "../shared/theme";
import type { App } from "./app";

export function bindKeys(app: App): void {
  const { view } = app;
  const middle = (): number => (view.target[0] + view.target[1]) / 2;
  const zoom = (factor: number) => () => view.zoom(factor, middle());
  app.keys.add(
    { group: "Time", keys: ["w"], shown: "W", help: "Zoom in", run: zoom(1 / 1.5) },
    { group: "Time", keys: ["s"], shown: "S", help: "Zoom out", run: zoom(1.5) },
    { group: "Time", keys: ["a", "ArrowLeft"], shown: "A", help: "Pan to earlier", run: () => view.pan(-0.2) },
    { group: "Time", keys: ["d", "ArrowRight"], shown: "D", help: "Pan to later", run: () => view.pan(0.2) },
    { group: "Time", keys: ["f"], shown: "F", help: "Fit: the selected area, then all", run: () => app.fit() },
    { group: "Spikes", keys: ["."], shown: ".", help: "Next spike of the neuron; the first in view if none is selected", run: () => app.step(1) },
    { group: "Spikes", keys: [","], shown: ",", help: "Previous spike of the neuron", run: () => app.step(-1) },
    { group: "Spikes", keys: ["i"], shown: "I", help: "Neuron above", run: () => app.stepNeuron(-1) },
    { group: "Spikes", keys: ["k"], shown: "K", help: "Neuron below", run: () => app.stepNeuron(1) },
    { group: "Spikes", keys: ["m"], shown: "M", help: "Select all that is in view", run: () => app.selectView() },
    { group: "Spikes", keys: ["Escape"], shown: "Esc", help: "Clear the selection", run: () => app.clear() },
    { group: "Spikes", keys: ["c"], shown: "C", help: "Copy a link to what is shown", run: () => app.copyLink() },
    { group: "Places", keys: ["Ctrl+p", "/"], shown: "Ctrl P", help: "Find a neuron, population or sample", run: () => app.finder.open() },
    { group: "Places", keys: ["]"], shown: "]", help: "Next sample", run: () => app.goToSample(app.state.sample + 1) },
    { group: "Places", keys: ["["], shown: "[", help: "Previous sample", run: () => app.goToSample(app.state.sample - 1) },
    { group: "Places", keys: ["p"], shown: "P", help: "Pin the population, or let it go", run: () => app.pinSelected() },
    { group: "Places", keys: ["t"], shown: "T", help: "Light or dark", run: toggleTheme },
    { group: "Places", keys: ["?"], shown: "?", help: "This list", run: () => app.keys.showHelp() },
    { group: "Mouse and touch", keys: [], shown: "Click", help: "Select a spike, or a neuron at a tick" },
    { group: "Mouse and touch", keys: [], shown: "Drag", help: "Select an area; across bands, whole populations" },
    { group: "Mouse and touch", keys: [], shown: "Ctrl Wheel", help: "Zoom in time about the pointer; plain wheel over the axis" },
    { group: "Mouse and touch", keys: [], shown: "Shift Wheel", help: "Pan" },
    { group: "Mouse and touch", keys: [], shown: "Alt Wheel", help: "Zoom a band\u2019s neurons" },
    { group: "Mouse and touch", keys: [], shown: "Overview", help: "Drag the frame, its edges, or a new one" },
    { group: "Mouse and touch", keys: [], shown: "Fingers", help: "One pans, two zoom, a tap selects" },
  );
}
