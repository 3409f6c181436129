import "../shared/base.css";
import "./explore.css";
import { el } from "../shared/dom";
import { startTheme } from "../shared/theme";
import { App } from "./app";
import { Trace } from "./data";

startTheme();
Trace.open()
  .then((trace) => new App(trace).watchScrolling())
  .catch((error: unknown) => {
    const words = typeof DecompressionStream === "undefined" ? "This browser is too old for this page: it needs DecompressionStream (Chrome 103, Firefox 113, Safari 16.4)." : `This page cannot be read: ${String(error)}`;
    document.body.append(el("p", { class: "failure", role: "alert" }, words));
    console.error(error);
  });
