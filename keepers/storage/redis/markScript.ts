import type { ChainableCommander } from "ioredis";
import { hexToBytes } from "../../protocol/bytes.js";
import type { SlotKeys } from "./slotKeys.js";
import type { MarkBatch } from "./waitingMarks.js";

/** What became of a mark. */
export type MarkVerdict = "counted" | "known" | "replayed" | "pruned" | "noRoom";

export interface MarkTerms {
  readonly slotsPerEpoch: number;
  readonly maximumNodes: number;
  /** A replay is looked for in so many slots before and after the one it claims. */
  readonly replaySlots: number;
  /** How long it stays known which heartbeat earned a slot, milliseconds. */
  readonly earnedMs: number;
}

const verdicts: Readonly<Record<string, MarkVerdict>> = {
  c: "counted",
  k: "known",
  r: "replayed",
  p: "pruned",
  n: "noRoom",
};

/** Distinguishes the heartbeats of a node that can be alive at one time; 0 stands for none. */
const fingerprints = 2n ** 48n - 1n;

/**
 * Decides on the marks of one slot, all or nothing: no other process comes in between. One letter each is the answer.
 * KEYS: layout, nodes, list, epochs, versions, column, earned, and `earned` of the neighbouring slots.
 * ARGV: epoch, slot, slots per epoch, most nodes, lifetime of `earned`, then address and fingerprint of each mark.
 * Redis counts the bits of a byte from the most significant one; columns are kept the other way round (`bit`).
 */
export const markScript = `
local slots = redis.call('HGET', KEYS[1], 'slotsPerEpoch')
if slots ~= ARGV[3] then return redis.error_reply('LAYOUT the store is for ' .. tostring(slots) .. ' slots an epoch') end
local count = (#ARGV - 5) / 2
local pruned = tonumber(redis.call('HGET', KEYS[1], 'prunedBefore') or '0')
if tonumber(ARGV[1]) < pruned then return string.rep('p', count) end

local addresses, fingerprints = {}, {}
for i = 1, count do
  addresses[i], fingerprints[i] = ARGV[4 + 2 * i], tonumber(ARGV[5 + 2 * i])
end
local numbers = redis.call('HMGET', KEYS[2], unpack(addresses))
local size, limit, fresh = redis.call('LLEN', KEYS[3]), tonumber(ARGV[4]), {}
for i = 1, count do
  local number = numbers[i] or fresh[addresses[i]]
  if not number and size < limit then
    number = size
    size = size + 1
    fresh[addresses[i]] = number
    redis.call('HSET', KEYS[2], addresses[i], number)
    redis.call('RPUSH', KEYS[3], addresses[i])
  end
  numbers[i] = number and tonumber(number)
end

local function bit(number) return number - number % 8 + 7 - number % 8 end
local function read(key, kind, place)
  local command = { 'BITFIELD', key }
  for i = 1, count do
    table.insert(command, 'GET')
    table.insert(command, kind)
    table.insert(command, place(numbers[i] or 0))
  end
  return redis.call(unpack(command))
end

local marked = read(KEYS[6], 'u1', bit)
local replayed = {}
local function field(number) return '#' .. string.format('%d', number) end
for k = 8, #KEYS do
  local earned = read(KEYS[k], 'u48', field)
  for i = 1, count do
    if fingerprints[i] ~= 0 and earned[i] == fingerprints[i] then replayed[i] = true end
  end
end

local letters, taken = {}, {}
local column, earned = { 'BITFIELD', KEYS[6] }, { 'BITFIELD', KEYS[7] }
for i = 1, count do
  local number = numbers[i]
  if not number then letters[i] = 'n'
  elseif marked[i] == 1 or taken[number] then letters[i] = 'k'
  elseif replayed[i] then letters[i] = 'r'
  else
    letters[i] = 'c'
    taken[number] = true
    for _, part in ipairs({ 'SET', 'u1', bit(number), 1 }) do table.insert(column, part) end
    if fingerprints[i] ~= 0 then
      for _, part in ipairs({ 'SET', 'u48', field(number), ARGV[5 + 2 * i] }) do table.insert(earned, part) end
    end
  end
end
if #column > 2 then
  redis.call(unpack(column))
  redis.call('HINCRBY', KEYS[5], ARGV[2], 1)
  redis.call('SADD', KEYS[4], ARGV[1])
end
if #earned > 2 then
  redis.call(unpack(earned))
  redis.call('PEXPIRE', KEYS[7], ARGV[5])
end
return table.concat(letters)
`;

/** Adds the script's call for one batch to a pipeline. */
export function callMark(
  pipeline: ChainableCommander,
  sha: string,
  keys: SlotKeys,
  terms: MarkTerms,
  { epoch, slot, marks }: MarkBatch,
): void {
  const { slotsPerEpoch, maximumNodes, earnedMs } = terms;
  const names = [keys.layout, keys.nodes, keys.list, keys.epochs, keys.versions(epoch), keys.column(epoch, slot)];
  names.push(keys.earned(epoch, slot), ...neighbours(keys, terms, epoch, slot));
  const values: (string | number | Buffer)[] = [epoch.toString(), slot, slotsPerEpoch, maximumNodes, earnedMs];
  for (const { node, sequence } of marks) values.push(Buffer.from(hexToBytes(node)), fingerprint(sequence));
  pipeline.evalsha(sha, names.length, ...names, ...values);
}

/** The verdicts in the order of the batch's marks. */
export function readVerdicts(answer: unknown): MarkVerdict[] {
  return Array.from(String(answer), (letter) => {
    const verdict = verdicts[letter];
    if (verdict === undefined) throw new Error(`Redis gave an answer that the script does not: ${String(answer)}`);
    return verdict;
  });
}

function neighbours(keys: SlotKeys, terms: MarkTerms, epoch: bigint, slot: number): string[] {
  const slotsPerEpoch = BigInt(terms.slotsPerEpoch);
  const place = epoch * slotsPerEpoch + BigInt(slot);
  const names: string[] = [];
  for (let distance = -terms.replaySlots; distance <= terms.replaySlots; distance += 1) {
    const other = place + BigInt(distance);
    if (distance !== 0 && other >= 0n) names.push(keys.earned(other / slotsPerEpoch, Number(other % slotsPerEpoch)));
  }
  return names;
}

function fingerprint(sequence: bigint | undefined): string {
  return sequence === undefined ? "0" : ((sequence % fingerprints) + 1n).toString();
}
