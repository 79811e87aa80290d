import type { Range } from "./ast.js";
import type { Artifact } from "./compiler.js";
import type { Frame } from "./frames.js";
import type { Mutant } from "./mutants.js";
import { Source } from "./source.js";

/**
 * One source with many mutants in it, each behind a switch: the contract is compiled once, and a mutant is turned on by
 * setting its bit of the switch, a constant, in the bytecode.
 */
export interface Schema {
  readonly text: string;
  /** The mutants in it; each is turned on by the bit of its position. */
  readonly mutants: readonly Mutant[];
  /** Where in the text each mutant is, in bytes. */
  readonly spans: readonly (Range & { readonly mutant: Mutant })[];
}

type Framed = Mutant & { readonly frame: Frame };

/** Framed mutants of the same range, in the order of their numbers. */
interface Spot extends Frame {
  readonly alternatives: readonly { readonly number: number; readonly mutant: Framed }[];
}

const SWITCH = "MUTANT_SWITCH";

/** The first bytes of the switch, by which it is found; the bits after them stand for the mutants. */
const MARK = Buffer.from("a mutant").toString("hex");
const BITS = 192;
const UNSET = MARK + "0".repeat(BITS / 4);

const hasFrame = (mutant: Mutant): mutant is Framed => mutant.frame !== undefined;

const isInside = (inner: Range, outer: Range): boolean => outer.start <= inner.start && inner.end <= outer.end;

/** Puts those of the mutants into one text that can stand there together. */
export function makeSchema(text: string, mutants: readonly Mutant[]): Schema {
  const source = new Source(text);
  const framed = mutants.filter(hasFrame).slice(0, BITS);
  const nested = framed.filter((one, index) =>
    framed.slice(0, index).every((other) => areNested(one.frame, other.frame)),
  );
  const writer = new Writer(source, spotsOf(nested));
  return { text: writer.write(), mutants: nested, spans: writer.spans };
}

const areNested = (a: Frame, b: Frame): boolean => {
  if (a.start === b.start && a.end === b.end) return a.kind === b.kind && a.cast === b.cast;
  return isInside(a, b) || isInside(b, a) || a.end <= b.start || b.end <= a.start;
};

/** Outer ones before what is inside them. */
function spotsOf(mutants: readonly Framed[]): Spot[] {
  const numbered = mutants.map((mutant, index) => ({ number: index, mutant }));
  const groups = Object.groupBy(numbered, ({ mutant: { frame } }) => `${frame.start}:${frame.end}`);
  return Object.values(groups)
    .map((alternatives = []) => ({ ...(alternatives[0] as (typeof numbered)[number]).mutant.frame, alternatives }))
    .sort((a, b) => a.start - b.start || b.end - a.end);
}

/** Writes a source with the alternatives of its spots, and notes where each came to stand. */
class Writer {
  readonly spans: (Range & { mutant: Mutant })[] = [];
  #text = "";
  #bytes = 0;

  constructor(
    private readonly source: Source,
    private readonly spots: readonly Spot[],
  ) {}

  write(): string {
    this.#original({ start: 0, end: Buffer.byteLength(this.source.text) }, this.spots);
    this.#put(`\nuint256 constant ${SWITCH} = 0x${UNSET};\n`);
    return this.#text;
  }

  #put(text: string): void {
    this.#text += text;
    this.#bytes += Buffer.byteLength(text);
  }

  /** What stands in `range`, with the alternatives of the spots in it. */
  #original(range: Range, spots: readonly Spot[]): void {
    let from = range.start;
    for (let index = 0; index < spots.length;) {
      const spot = spots[index] as Spot;
      const inner = spots.slice(index + 1).filter((other) => isInside(other, spot));
      this.#put(this.source.slice({ start: from, end: spot.start }));
      this.#spot(spot, inner);
      from = spot.end;
      index += 1 + inner.length;
    }
    this.#put(this.source.slice({ start: from, end: range.end }));
  }

  #spot(spot: Spot, inner: readonly Spot[]): void {
    const start = this.#bytes;
    const isStatement = spot.kind === "statement";
    this.#put(isStatement ? "{ " : `${spot.cast}(`);
    for (const { number, mutant } of spot.alternatives) {
      const alternative = this.#alternative(spot, mutant);
      const isOn = `(${SWITCH} & (1 << ${number})) != 0`;
      this.#put(isStatement ? `if (${isOn}) { ${alternative} } else ` : `${isOn} ? ${alternative} : `);
    }
    this.#put(isStatement ? "{ " : "(");
    this.#original(spot, inner);
    this.#put(isStatement ? " } }" : "))");
    for (const { mutant } of spot.alternatives) this.spans.push({ start, end: this.#bytes, mutant });
  }

  #alternative(spot: Spot, mutant: Framed): string {
    const before = this.source.slice({ start: spot.start, end: mutant.start });
    const text = before + mutant.replacement + this.source.slice({ start: mutant.end, end: spot.end });
    return spot.kind === "statement" ? text : `(${text})`;
  }
}

/** The mutants that an error at `place` of the schema's text is about: the innermost around it, or those inside it. */
export function mutantsAt({ spans }: Schema, place: Range): Mutant[] {
  const around = spans.filter((span) => isInside(place, span));
  const width = Math.min(...around.map(({ start, end }) => end - start));
  const innermost = around.filter(({ start, end }) => end - start === width);
  const concerned = innermost.length > 0 ? innermost : spans.filter((span) => isInside(span, place));
  return concerned.map(({ mutant }) => mutant);
}

/** The contracts of a schema with the mutants at these positions turned on. */
export function turnOn(artifacts: readonly Artifact[], ...positions: readonly number[]): Artifact[] {
  const bits = positions.reduce((sum, position) => sum | (1n << BigInt(position)), 0n);
  const value = MARK + bits.toString(16).padStart(BITS / 4, "0");
  return artifacts.map(({ id, contract }) => ({
    id,
    contract: {
      ...contract,
      bytecode: contract.bytecode.replaceAll(UNSET, value),
      deployedBytecode: contract.deployedBytecode.replaceAll(UNSET, value),
    },
  }));
}

/** Groups of mutants of which none stands in another's way, so that those of a group can be on at the same time. */
export function groupsOf(mutants: readonly Mutant[]): Mutant[][] {
  const groups: Mutant[][] = [];
  for (const mutant of mutants) {
    const group = groups.find((members) => members.every((other) => areApart(mutant, other)));
    if (group) group.push(mutant);
    else groups.push([mutant]);
  }
  return groups;
}

const areApart = ({ frame: a }: Mutant, { frame: b }: Mutant): boolean =>
  a !== undefined && b !== undefined && (a.end <= b.start || b.end <= a.start);
