import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** What may stand in a label: one of a list, or at most so many different values. */
export type LabelRange = readonly string[] | number;

export interface MetricDefinition {
  readonly type: "counter" | "gauge" | "histogram";
  /** One sentence for people; units stand in the name. */
  readonly help: string;
  readonly labels?: Readonly<Record<string, LabelRange>>;
  /** Upper bounds of a histogram, ascending. */
  readonly buckets?: readonly number[];
}

export type MetricDefinitions = Readonly<Record<string, MetricDefinition>>;
export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly value: number;
  readonly labels?: Labels;
}

/** Looked at for each answer; nothing is counted twice, and a metric costs nothing while nobody asks. */
export type ReadSamples = () => Iterable<Sample>;

type NamesOf<Definitions extends MetricDefinitions> = keyof Definitions & string;

/** Stands for every value that is not in a label's range, so that nobody can make the number of series grow. */
export const OTHER_VALUE = "other";

/**
 * The metrics of one process, in the text format of Prometheus. Only what is defined can be told, with no more labels than
 * the definitions allow; the rest of the code knows this class and nothing of Prometheus.
 */
export class Metrics<Definitions extends MetricDefinitions> {
  readonly #definitions: Definitions;
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #histograms = new Map<string, Histogram>();
  readonly #ranges = new Map<string, LabelRanges>();

  /** @param options `process`: whether CPU, memory and event loop of the process are told too */
  constructor(definitions: Definitions, options: { readonly process?: boolean } = {}) {
    this.#definitions = definitions;
    if (options.process) collectDefaultMetrics({ register: this.#registry });
    for (const [name, { type, labels = {} }] of Object.entries(definitions)) {
      this.#ranges.set(name, new LabelRanges(labels));
      if (type === "counter") this.#counters.set(name, new Counter(this.#settings(name)));
      if (type === "histogram") this.#histograms.set(name, new Histogram(this.#settings(name)));
      if (type === "gauge") new Gauge(this.#settings(name));
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Names of everything that is told, the process's own included. */
  get names(): string[] {
    return this.#registry.getMetricsAsArray().map(({ name }) => name);
  }

  /** The exposition: one answer to a scrape. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Adds to a counter. */
  add(name: NamesOf<Definitions>, labels: Labels = {}, value = 1): void {
    this.#counters.get(name)?.inc({ ...this.#rangesOf(name).fit(labels) }, value);
  }

  /** Adds a measurement to a histogram. */
  observe(name: NamesOf<Definitions>, value: number, labels: Labels = {}): void {
    this.#histograms.get(name)?.observe({ ...this.#rangesOf(name).fit(labels) }, value);
  }

  /** Has a counter or gauge read anew for each answer, from where it is known anyway. */
  read(name: NamesOf<Definitions>, samples: ReadSamples): void {
    const isCounter = this.#definitions[name]?.type === "counter";
    this.#registry.removeSingleMetric(name);
    this.#counters.delete(name);
    const settings = this.#settings(name);
    const summed = () => sumByLabels(samples(), new LabelRanges(this.#definitions[name]?.labels ?? {}));
    if (isCounter) new Counter({ ...settings, collect: collector(summed) });
    else new Gauge({ ...settings, collect: collector(summed) });
  }

  #rangesOf(name: string): LabelRanges {
    return this.#ranges.get(name) ?? new LabelRanges({});
  }

  #settings(name: string) {
    const { help = "", labels = {}, buckets } = this.#definitions[name] ?? {};
    const shared = { name, help, labelNames: Object.keys(labels), registers: [this.#registry] };
    return buckets === undefined ? shared : { ...shared, buckets: [...buckets] };
  }
}

interface Collected {
  reset(): void;
  remove(labels: Record<string, string>): void;
  inc(labels: Record<string, string>, value: number): void;
}

function collector(samples: () => readonly Required<Sample>[]): (this: Collected) => void {
  return function collect() {
    this.reset();
    // Without labels a reset leaves a zero, and what is not known is not zero.
    this.remove({});
    for (const { labels, value } of samples()) this.inc({ ...labels }, value);
  };
}

/** What was folded into "other" is one sample. */
function sumByLabels(samples: Iterable<Sample>, ranges: LabelRanges): Required<Sample>[] {
  const sums = new Map<string, Required<Sample>>();
  for (const { labels = {}, value } of samples) {
    const fitting = ranges.fit(labels);
    const key = JSON.stringify(Object.entries(fitting));
    sums.set(key, { labels: fitting, value: (sums.get(key)?.value ?? 0) + value });
  }
  return [...sums.values()];
}

/** Keeps the labels of one metric within their ranges. */
class LabelRanges {
  readonly #ranges: Readonly<Record<string, LabelRange>>;
  readonly #seen = new Map<string, Set<string>>();

  constructor(ranges: Readonly<Record<string, LabelRange>>) {
    this.#ranges = ranges;
  }

  /** Every label that the metric has, and no other. */
  fit(labels: Labels): Labels {
    const fitting = Object.entries(this.#ranges).map(([label, range]) => {
      const value = labels[label] ?? OTHER_VALUE;
      return [label, this.#isWithin(label, range, value) ? value : OTHER_VALUE] as const;
    });
    return Object.fromEntries(fitting);
  }

  #isWithin(label: string, range: LabelRange, value: string): boolean {
    if (typeof range !== "number") return range.includes(value);
    const seen = this.#seen.get(label) ?? new Set();
    this.#seen.set(label, seen);
    if (seen.size < range) seen.add(value);
    return seen.has(value);
  }
}
