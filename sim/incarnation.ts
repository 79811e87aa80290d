import { type Cancel, type Clock, sleepOn } from "../keepers/core/clock.js";
import type { Disk, DiskFile } from "../keepers/core/disk.js";
import type { ChainReader } from "../keepers/chain/chainReader.js";
import type { CommitSender } from "../keepers/oracle/epoch/types.js";
import type { MessageBus } from "../keepers/transport/messageBus.js";

/** How an oracle's clock differs from true time. */
export interface Skew {
  readonly offsetMs: number;
  /** True milliseconds that pass while it believes that one has passed. */
  readonly rate: number;
}

export interface IncarnationOptions {
  /** Place at which it dies; undefined: only when killed. */
  readonly dieAt: number | undefined;
  /** Nothing dies by itself any more. */
  readonly isSafe: () => boolean;
}

/**
 * One life of an oracle process. Everything outside that it touches goes through here; each touch is an await, and at a
 * chosen one the process dies: half of the places lie before the operation took effect and half after it. From then on
 * nothing that the dead process started has any effect, and no promise it waits for ever settles.
 */
export class Incarnation {
  readonly #options: IncarnationOptions;
  readonly #onDeath: () => void;
  #places = 0;
  #alive = true;

  constructor(options: IncarnationOptions, onDeath: () => void) {
    this.#options = options;
    this.#onDeath = onDeath;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Places passed so far: two for each await. */
  get places(): number {
    return this.#places;
  }

  /** Ends it without telling anybody. */
  end(): void {
    this.#alive = false;
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#onDeath();
  }

  async pass<T>(operation: () => Promise<T>): Promise<T> {
    if (!this.#survives()) return never();
    try {
      const result = await operation();
      return this.#survives() ? result : await never<T>();
    } catch (error) {
      if (!this.#survives()) return never();
      throw error;
    }
  }

  /** Something from outside reaches the process. */
  enter<T>(task: () => T): T | undefined {
    return this.#alive ? task() : undefined;
  }

  #survives(): boolean {
    if (!this.#alive) return false;
    const { dieAt, isSafe } = this.#options;
    if (this.#places++ === dieAt && !isSafe()) this.kill();
    return this.#alive;
  }
}

export function clockOf(base: Clock, life: Incarnation, { offsetMs, rate }: Skew): Clock {
  const schedule = (delayMs: number, task: () => unknown): Cancel => {
    if (!life.alive) return () => undefined;
    return base.schedule(Math.ceil(delayMs * rate), () => life.enter(task));
  };
  return {
    now: () => Math.floor(base.now() / rate) + offsetMs,
    schedule,
    sleep: (delayMs, signal) => life.pass(() => sleepOn({ schedule }, delayMs, signal)),
  };
}

/** @param slowly what a sync takes besides */
export function diskOf(disk: Disk, life: Incarnation, slowly: () => Promise<void>): Disk {
  const fileOf = (file: DiskFile): DiskFile => ({
    path: file.path,
    size: () => life.pass(() => file.size()),
    read: (position, length) => life.pass(() => file.read(position, length)),
    write: (position, bytes) => life.pass(() => file.write(position, bytes)),
    truncate: (length) => life.pass(() => file.truncate(length)),
    sync: () =>
      life.pass(async () => {
        await slowly();
        await file.sync();
      }),
    close: () => life.pass(() => file.close()),
  });
  return {
    open: (path) => life.pass(async () => fileOf(await disk.open(path))),
    readFile: (path) => life.pass(() => disk.readFile(path)),
    makeDirectory: (path) => life.pass(() => disk.makeDirectory(path)),
    list: (directory) => life.pass(() => disk.list(directory)),
    rename: (from, to) => life.pass(() => disk.rename(from, to)),
    remove: (path) => life.pass(() => disk.remove(path)),
    syncDirectory: (directory) => life.pass(() => disk.syncDirectory(directory)),
  };
}

export function readerOf(reader: ChainReader, life: Incarnation): ChainReader {
  return {
    head: () => life.pass(() => reader.head()),
    block: (number) => life.pass(() => reader.block(number)),
    events: (from, to) => life.pass(() => reader.events(from, to)),
    eventsOf: (block) => life.pass(() => reader.eventsOf(block)),
  };
}

export function senderOf(sender: CommitSender, life: Incarnation): CommitSender {
  return {
    commit: (report, signatures) => life.pass(() => sender.commit(report, signatures)),
    disprove: (epoch, disproof) => life.pass(() => sender.disprove(epoch, disproof)),
  };
}

export function busOf(bus: MessageBus, life: Incarnation): MessageBus {
  return {
    get connected() {
      return bus.connected;
    },
    publish: (topic, payload, options) => life.pass(() => bus.publish(topic, payload, options)),
    subscribe: (filter, handler) =>
      life.pass(() => bus.subscribe(filter, (topic, payload) => life.enter(() => handler(topic, payload)))),
    onConnection: (listener) => bus.onConnection((connected) => life.enter(() => listener(connected))),
    close: () => life.pass(() => bus.close()),
  };
}

function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}
