import { KeeperError } from "../core/errors.js";

/** Longest topic or filter, in UTF-8 bytes, that MQTT can carry. */
const maximumBytes = 65_535;
/** The embedded broker refuses more levels. */
const maximumLevels = 100;

/** Throws `TOPIC_INVALID` unless a message can be published under `topic`. */
export function checkTopic(topic: string): void {
  if (!isText(topic) || /[+#]/u.test(topic)) {
    throw new KeeperError("TOPIC_INVALID", `not a topic: ${JSON.stringify(topic.slice(0, 100))}`);
  }
}

const sharedPrefix = "$share/";

/** `$share/<group>/<filter>`: the members of the group get each matching message once between them. */
export function sharedFilter(group: string, filter: string): string {
  return `${sharedPrefix}${group}/${filter}`;
}

/** The filter that topics are held against: what a shared one shares, any other one itself. */
export function ownFilter(filter: string): string {
  if (!filter.startsWith(sharedPrefix)) return filter;
  const end = filter.indexOf("/", sharedPrefix.length);
  return end < 0 ? "" : filter.slice(end + 1);
}

export function isShared(filter: string): boolean {
  return filter.startsWith(sharedPrefix);
}

/**
 * Throws `FILTER_INVALID` unless `filter` follows MQTT: `+` fills a level, `#` fills the last one; in a shared filter the group
 * is a name without either.
 */
export function checkFilter(filter: string): void {
  const own = ownFilter(filter);
  const levels = own.split("/");
  const valid = levels.every((level, index) => isLevel(level, index === levels.length - 1));
  const group = filter.slice(sharedPrefix.length, filter.length - own.length - 1);
  const validGroup = !isShared(filter) || (group !== "" && !/[+#]/u.test(group));
  if (!isText(filter) || own === "" || !valid || !validGroup) {
    throw new KeeperError("FILTER_INVALID", `not a topic filter: ${JSON.stringify(filter.slice(0, 100))}`);
  }
}

/**
 * Whether a message under `topic` reaches a subscription to `filter`, which is not a shared one. Wildcards at the start skip
 * topics that begin with $.
 */
export function matches(filter: string, topic: string): boolean {
  if (filter === topic) return true;
  if (topic.startsWith("$") && /^[+#]/u.test(filter)) return false;
  const wanted = filter.split("/");
  const levels = topic.split("/");
  if (wanted.at(-1) === "#") {
    wanted.pop();
    return wanted.length <= levels.length && fits(wanted, levels);
  }
  return wanted.length === levels.length && fits(wanted, levels);
}

function fits(wanted: readonly string[], levels: readonly string[]): boolean {
  return wanted.every((level, index) => level === "+" || level === levels[index]);
}

function isLevel(level: string, last: boolean): boolean {
  return level === "+" || (level === "#" && last) || !/[+#]/u.test(level);
}

function isText(text: string): boolean {
  const bytes = Buffer.byteLength(text);
  return bytes > 0 && bytes <= maximumBytes && !text.includes("\0") && text.split("/").length <= maximumLevels;
}
