import { formatEther } from "ethers";

import { number, r1, short } from "../amounts.js";
import type { Line } from "../narrator.js";
import type { DeedPicture, EpochPicture, JobPicture, NetworkPicture, OraclePicture, Picture } from "./picture.js";
import { clip, paint } from "./style.js";
import { type Column, more, table } from "./table.js";
import { bar, clockTime, left } from "./text.js";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Lines of the story that are shown whatever else there is. */
const LEAST_STORY = 3;
/** From this height on, blank lines stand between the parts. */
const ROOMY_ROWS = 32;
const NARROW = { slots: 10, claimed: 13 };
const WIDE_COLUMNS = 100;
const WIDE = { slots: 24, claimed: 20 };
/** The newest ones. */
const MOST_JOBS = 3;
const MISSED = "▒";
const COMING = "░";
const NOT_HEARD = /[▒░]/u;

/** The screen: at most `rows` lines, none of them wider than `columns` on the terminal. */
export function render({ network, lines }: Picture, size: Size): string[] {
  const blank = size.rows >= ROOMY_ROWS ? [""] : [];
  const head = network
    ? renderNetwork(network, size, blank)
    : [paint.title(left("R1 · the network starts", size.columns))];
  const room = Math.max(0, size.rows - head.length - blank.length);
  const screen = [...head, ...blank, ...renderStory(lines, room, size.columns)].slice(0, size.rows);
  return screen.map((line) => clip(line, size.columns));
}

function renderNetwork(network: NetworkPicture, { columns, rows }: Size, blank: readonly string[]): string[] {
  const top = [renderEpoch(network.epoch, columns), renderChain(network, columns), ...blank];
  const oracles =
    network.oracles.length === 0 ? [] : [...table(oracleColumns(network, columns), network.oracles), ...blank];
  const jobs =
    network.jobs.length === 0 ? [] : [...blank, ...table(jobColumns(columns), network.jobs.slice(-MOST_JOBS))];
  const room = rows - top.length - oracles.length - jobs.length - LEAST_STORY - blank.length - 1;
  return [...top, ...oracles, ...renderDeeds(network, columns, room), ...jobs];
}

function renderEpoch({ number: epoch, slot, slots, secondsLeft }: EpochPicture, columns: number): string {
  const left = `${Math.ceil(secondsLeft)} s`;
  if (epoch === undefined) return paint.title(fit(` R1 · epoch 0 begins in ${left}`, columns));
  const title = ` R1 · epoch ${epoch} `;
  const rest = ` slot ${slot} of ${slots}, ${left} left`;
  const { full, empty } = bar(slot / slots, Math.max(0, Math.min(48, columns - title.length - rest.length - 1)));
  return paint.title(title) + paint.good(full) + paint.dim(empty) + rest;
}

function renderChain({ block, rpcUrl, supply }: NetworkPicture, columns: number): string {
  const amounts = supply ? [`minted ${r1(supply.minted)}`, `burned ${r1(supply.burned)}`] : [];
  return paint.dim(fit(` ${[...amounts, `block ${block}`, rpcUrl].join(" · ")}`, columns));
}

function oracleColumns({ epoch }: NetworkPicture, columns: number): Column<OraclePicture>[] {
  const { slots: width } = columns < WIDE_COLUMNS ? NARROW : WIDE;
  return [
    { title: " ORACLE", width: 12, cell: ({ address }) => ` ${short(address)}` },
    { title: "DOING", width: 22, cell: doing, paint: paintDoing },
    {
      title: "OWN SLOTS",
      width,
      cell: (row) => slotBar(row.slots, epoch, width),
      paint: (_row, text) => paintBar(text),
    },
    { title: "COMMITTED", width: 9, align: "right", cell: ({ lastCommitted }) => lastCommitted?.toString() ?? "–" },
    {
      title: "LAG",
      width: 4,
      align: "right",
      cell: ({ lag }) => (epoch.number === undefined ? "–" : String(lag)),
      paint: ({ lag }, text) => (lag > 1 ? paint.bad(text) : text),
    },
    {
      title: "BROKER",
      width: 7,
      cell: ({ connected }) => (connected ? "on" : "off"),
      paint: ({ connected }, text) => (connected ? paint.good(text) : paint.bad(text)),
    },
  ];
}

/** "prevote, epoch 4 round 0". */
function doing({ phase, round, deciding }: OraclePicture): string {
  if (phase === "collecting") return `collects, epoch ${deciding ?? "?"}`;
  return round < 0 || phase === "waiting" ? phase : `${phase}, epoch ${deciding ?? "?"} r${round}`;
}

function paintDoing({ phase }: OraclePicture, text: string): string {
  if (phase === "halted") return paint.bad(text);
  return phase === "waiting" ? paint.dim(text) : paint.busy(text);
}

function renderDeeds(network: NetworkPicture, columns: number, room: number): string[] {
  const { deeds } = network;
  if (deeds.length === 0) return [];
  const shown = deeds.length <= room ? deeds : deeds.slice(0, Math.max(0, room - 1));
  const lines = table(deedColumns(network, columns), shown);
  return shown.length === deeds.length ? lines : [...lines, more(deeds.length - shown.length, "deeds")];
}

function deedColumns({ epoch }: NetworkPicture, columns: number): Column<DeedPicture>[] {
  const { slots: width, claimed } = columns < WIDE_COLUMNS ? NARROW : WIDE;
  return [
    { title: " DEED", width: 8, cell: ({ name }) => ` ${name}`, paint: (_row, text) => paint.strong(text) },
    { title: "OWNER", width: 11, cell: ({ owner }) => short(owner) },
    { title: "NODE", width: 11, cell: ({ node }) => short(node) },
    { title: "STATE", width: 8, cell: ({ state }) => state, paint: paintState },
    {
      title: "THIS EPOCH",
      width,
      cell: (row) => slotBar(row.slots, epoch, width),
      paint: (_row, text) => paintBar(text),
    },
    { title: "LAST", width: 4, align: "right", cell: ({ lastByte }) => lastByte?.toString() ?? "–", paint: paintByte },
    { title: "CREDIT", width: 6, align: "right", cell: ({ cumulative }) => cumulative.toString() },
    {
      title: "CLAIMED R1",
      width: claimed,
      align: "right",
      cell: (row) => number(formatEther(row.claimed), 2),
      paint: (row, text) => (row.claimed > 0n ? paint.good(text) : paint.dim(text)),
    },
  ];
}

function jobColumns(columns: number): Column<JobPicture>[] {
  const isNarrow = columns < WIDE_COLUMNS;
  return [
    { title: " JOB", width: 8, cell: ({ name }) => ` ${name}`, paint: (_row, text) => paint.strong(text) },
    { title: "OWNER", width: 11, cell: ({ owner }) => short(owner) },
    { title: "STATE", width: 8, cell: ({ state }) => state, paint: paintJobState },
    { title: "NODES", width: isNarrow ? 14 : 24, cell: servingDeeds },
    { title: "EPOCHS", width: 6, align: "right", cell: ({ epochs }) => `${epochs.passed}/${epochs.all}` },
    { title: "SERVICE", width: 7, align: "right", cell: ({ served }) => served.toString() },
    { title: "DEPOSIT R1", width: 10, align: "right", cell: ({ deposit }) => number(formatEther(deposit), 4) },
    {
      title: "PAID R1",
      width: 8,
      align: "right",
      cell: ({ paid }) => number(formatEther(paid), 4),
      paint: ({ paid }, text) => (paid > 0n ? paint.good(text) : paint.dim(text)),
    },
  ];
}

/** "ND #5, #6", and how many places are free. */
function servingDeeds({ deeds, places, state }: JobPicture): string {
  const free = state === "over" || state === "settled" ? 0 : places - deeds.length;
  const names = deeds.length === 0 ? "–" : `ND ${deeds.map((tokenId) => `#${tokenId}`).join(", ")}`;
  return free > 0 ? `${names} (${free} free)` : names;
}

const JOB_PAINT: Readonly<Record<JobPicture["state"], (text: string) => string>> = {
  waits: paint.busy,
  assigned: paint.busy,
  runs: paint.good,
  over: paint.plain,
  settled: paint.dim,
};

function paintJobState({ state }: JobPicture, text: string): string {
  return JOB_PAINT[state](text);
}

/** Slots in which a node was heard, slots that it missed, and slots to come; the running slot may still be heard. */
function slotBar(heard: number, { slot, slots }: EpochPicture, width: number): string {
  const { full } = bar(heard / slots, width);
  const { full: known } = bar(Math.max(heard, slot - 1) / slots, width);
  return full + MISSED.repeat(known.length - full.length) + COMING.repeat(width - known.length);
}

function paintBar(text: string): string {
  const heard = text.search(NOT_HEARD);
  const coming = text.indexOf(COMING);
  const [a, b] = [heard < 0 ? text.length : heard, coming < 0 ? text.length : coming];
  return paint.good(text.slice(0, a)) + paint.bad(text.slice(a, b)) + paint.dim(text.slice(b));
}

const STATE_PAINT: Readonly<Record<string, (text: string) => string>> = {
  oracle: paint.title,
  running: paint.good,
  paused: paint.bad,
  refused: paint.bad,
};

function paintState({ state }: DeedPicture, text: string): string {
  return (STATE_PAINT[state] ?? paint.dim)(text);
}

function paintByte({ lastByte }: DeedPicture, text: string): string {
  if (lastByte === undefined || lastByte === 0) return paint.dim(text);
  return lastByte < 250 ? paint.busy(text) : paint.good(text);
}

function renderStory(lines: readonly Line[], room: number, columns: number): string[] {
  return room === 0 ? [] : lines.slice(-room).map((line) => renderLine(line, columns));
}

function renderLine({ at, kind, text }: Line, columns: number): string {
  const time = ` ${clockTime(at)} `;
  const rest = fit(kind === "chapter" ? text : `  ${text}`, columns - time.length);
  return paint.dim(time) + LINE_PAINT[kind](rest);
}

const LINE_PAINT = { chapter: paint.strong, event: paint.plain, warning: paint.bad } as const;

/** Cut, not filled. */
function fit(text: string, columns: number): string {
  return text.length > columns ? left(text, columns) : text;
}
