interface Keyed {
  readonly key: string | undefined;
}

/** Who is next: first come, first served, but of those with one key one at a time. */
export class KeyedLine<T extends Keyed> {
  #ready: T[] = [];
  readonly #behind = new Map<string, T[]>();
  readonly #busy = new Set<string>();
  #size = 0;

  /** Those that wait. */
  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    this.#size += 1;
    this.#ready.push(item);
  }

  /** The next one whose key is free; its key is busy from now on. */
  take(): T | undefined {
    for (let item = this.#ready.shift(); item !== undefined; item = this.#ready.shift()) {
      if (this.#claim(item)) {
        this.#size -= 1;
        return item;
      }
    }
    return undefined;
  }

  /** Frees the key of one that was taken. */
  release({ key }: Keyed): void {
    if (key === undefined) return;
    this.#busy.delete(key);
    const behind = this.#behind.get(key) ?? [];
    const next = behind.shift();
    if (behind.length === 0) this.#behind.delete(key);
    if (next !== undefined) this.#ready.unshift(next);
  }

  #claim(item: T): boolean {
    const { key } = item;
    if (key === undefined) return true;
    if (this.#busy.has(key)) {
      const behind = this.#behind.get(key) ?? [];
      this.#behind.set(key, behind);
      behind.push(item);
      return false;
    }
    this.#busy.add(key);
    return true;
  }
}
