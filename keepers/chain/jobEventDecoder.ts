import type { Result } from "ethers";

import { integer, lower, numbers, type Read } from "./eventFields.js";

/** Events of `JobEscrow`. */
export const jobEvents: Record<string, Read> = {
  JobCreated: ([jobId, owner, specHash, classId, gpu, nodes, epochs, rate, deposit]) => ({
    type: "JobCreated",
    jobId: integer(jobId),
    owner: lower(owner),
    specHash: lower(specHash),
    classId: Number(classId),
    gpu: Number(gpu),
    nodes: Number(nodes),
    epochs: Number(epochs),
    rate: integer(rate),
    deposit: integer(deposit),
  }),
  SpecChanged: ([jobId, specHash]) => ({ type: "SpecChanged", jobId: integer(jobId), specHash: lower(specHash) }),
  JobExtended: ([jobId, epochs, deposit]) => ({
    type: "JobExtended",
    jobId: integer(jobId),
    epochs: Number(epochs),
    deposit: integer(deposit),
  }),
  JobScaled: ([jobId, nodes, deposit]) => ({
    type: "JobScaled",
    jobId: integer(jobId),
    nodes: Number(nodes),
    deposit: integer(deposit),
  }),
  JobClosed: ([jobId, end]) => ({ type: "JobClosed", jobId: integer(jobId), end: integer(end) }),
  NodesAssigned: ([jobId, sequence, leaving, joining, from]) => ({
    type: "NodesAssigned",
    jobId: integer(jobId),
    sequence: Number(sequence),
    leaving: numbers(leaving),
    joining: numbers(joining),
    from: integer(from),
  }),
  NodesReleased: ([jobId, leaving, to]) => ({
    type: "NodesReleased",
    jobId: integer(jobId),
    leaving: numbers(leaving),
    to: integer(to),
  }),
  Settled: ([jobId, tokenId, payee, epochs, bytesServed, paid, burned, penalty]) => ({
    type: "Settled",
    jobId: integer(jobId),
    tokenId: Number(tokenId),
    payee: lower(payee),
    epochs: integer(epochs),
    bytesServed: integer(bytesServed),
    paid: integer(paid),
    burned: integer(burned),
    penalty: integer(penalty),
  }),
  Refunded: ([jobId, owner, amount]) => ({
    type: "Refunded",
    jobId: integer(jobId),
    owner: lower(owner),
    amount: integer(amount),
  }),
};

/** Events of `ResourceCatalog`. */
export const catalogEvents: Record<string, Read> = {
  ClassSet: ([classId, name, offer]) => {
    const [price, milliCpu, memoryMiB, diskMiB, isGpu, isOffered] = offer as Result;
    return {
      type: "ClassSet",
      classId: Number(classId),
      name: String(name),
      price: integer(price),
      milliCpu: Number(milliCpu),
      memoryMiB: Number(memoryMiB),
      diskMiB: Number(diskMiB),
      isGpu: Boolean(isGpu),
      isOffered: Boolean(isOffered),
    };
  },
};
