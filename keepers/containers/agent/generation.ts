import { ByteReader } from "../../protocol/bytes.js";
import { canonicalJson, type ContainerSpec, type JobSpec } from "../../protocol/jobSpec.js";
import { keccak } from "../../protocol/keccak.js";
import type { ImageId } from "../engine.js";

/** Each half of a generation: together they stay a safe integer. */
const half = 2 ** 26;

/**
 * A number for what a container is made of, its image apart: it changes with whatever needs a new container, and with nothing else of
 * the job's specification.
 */
export function specKey(container: ContainerSpec, { volumes, secretsHash, ingress }: JobSpec): number {
  const own = new Set(container.volumes.map(({ name }) => name));
  const usesSecrets = container.secrets.length > 0;
  const { health: _health, restart: _restart, pull: _pull, updateSeconds: _update, after: _after, ...made } = container;
  return keyOf(
    canonicalJson({
      ...made,
      volumes: [made.volumes, volumes.filter(({ name }) => own.has(name))],
      secretsHash: usesSecrets ? secretsHash : undefined,
      ingress: ingress?.container === container.name ? ingress.port : undefined,
    }),
  );
}

/** A number for an image. */
export function imageKey(image: ImageId): number {
  return keyOf(image);
}

/** What tells a container from the next one of its name: 52 bits, never zero. */
export function generationOf(spec: number, image: number): number {
  return spec * half + image;
}

/** The image's number, when a container was made as this key says. */
export function imageKeyOf(generation: number, spec: number): number | undefined {
  return Math.floor(generation / half) === spec ? generation % half : undefined;
}

function keyOf(text: string): number {
  const hash = new ByteReader(keccak(new TextEncoder().encode(text))).u32();
  return 1 + (hash % (half - 1));
}
