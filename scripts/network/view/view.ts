import type { NetworkOptions } from "../options.js";
import { LiveView } from "./liveView.js";
import { PlainView } from "./plainView.js";
import type { View, ViewDependencies } from "./types.js";

/** A screen on a terminal; elsewhere, and with `--logs`, one line for each thing that happens. */
export function openView({ logs }: Pick<NetworkOptions, "logs">, dependencies: ViewDependencies): View {
  return dependencies.output.isTTY === true && !logs ? new LiveView(dependencies) : new PlainView(dependencies);
}
