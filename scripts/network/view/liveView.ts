import type { Cancel } from "../../../keepers/core/clock.js";
import type { World } from "../world.js";
import { type SupplyPicture, takePicture } from "./picture.js";
import { render } from "./render.js";
import type { View, ViewDependencies } from "./types.js";

const FRAME_MS = 250;
const SUPPLY_MS = 1_000;
/** For a terminal that does not say, or says zero. */
const DEFAULT_SIZE = { columns: 80, rows: 24 };

const CLEAR = "\x1b[2J";
const HIDE_CURSOR = "\x1b[?25l";
export const SHOW_CURSOR = "\x1b[?25h";
/** Terminals that know it show the frame at once when it is whole; the others ignore it. */
const BEGIN_FRAME = "\x1b[?2026h\x1b[H";
const END_FRAME = "\x1b[J\x1b[?2026l";
const END_LINE = "\x1b[K";

/** A screen that is drawn over itself, four times a second: nothing is erased before it is written anew. */
export class LiveView implements View {
  readonly #dependencies: ViewDependencies;
  #world: World | undefined;
  #supply: SupplyPicture | undefined;
  #cancelFrame: Cancel = () => undefined;
  #cancelSupply: Cancel = () => undefined;
  #closed = false;

  constructor(dependencies: ViewDependencies) {
    this.#dependencies = dependencies;
    dependencies.output.write(HIDE_CURSOR + CLEAR);
    this.#drawAgain();
  }

  show(world: World): void {
    this.#world = world;
    this.#readSupplyAgain(world);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelFrame();
    this.#cancelSupply();
    this.#draw();
    this.#dependencies.output.write(`\n${SHOW_CURSOR}`);
  }

  #drawAgain(): void {
    this.#draw();
    this.#cancelFrame = this.#dependencies.clock.schedule(FRAME_MS, () => this.#drawAgain());
  }

  #draw(): void {
    const { output, narrator } = this.#dependencies;
    const size = {
      columns: positive(output.columns, DEFAULT_SIZE.columns),
      rows: positive(output.rows, DEFAULT_SIZE.rows),
    };
    const lines = render(takePicture(narrator, this.#world, this.#supply), size);
    output.write(BEGIN_FRAME + lines.map((line) => line + END_LINE).join("\n") + END_FRAME);
  }

  #readSupplyAgain(world: World): void {
    const again = (): void => {
      if (this.#closed) return;
      this.#cancelSupply = this.#dependencies.clock.schedule(SUPPLY_MS, () => this.#readSupplyAgain(world));
    };
    const { r1 } = world.protocol.contracts;
    Promise.all([r1.totalMinted(), r1.totalBurned()])
      .then(([minted, burned]) => (this.#supply = { minted, burned }))
      .catch(() => undefined)
      .finally(again);
  }
}

function positive(value: number | undefined, otherwise: number): number {
  return value !== undefined && value > 0 ? value : otherwise;
}
