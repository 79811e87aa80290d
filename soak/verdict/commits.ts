import type { History } from "../history.js";

/** Every sign that a quorum stood behind two things at once, or that an oracle contradicted itself. */
export function judgeCommits({ commits, contradictions, removed }: History): string[] {
  const standing = new Map<number, string>();
  const twice = commits
    .filter(({ isDisproved }) => !isDisproved)
    .flatMap(({ epoch, root }) => {
      const before = standing.get(epoch);
      standing.set(epoch, root);
      return before === undefined ? [] : [`epoch ${epoch} has the roots ${before} and ${root}`];
    });
  const disproved = commits.filter(({ isDisproved }) => isDisproved);
  return [
    ...twice,
    ...disproved.map(({ epoch, root }) => `epoch ${epoch} had the root ${root}, which was disproved`),
    ...contradictions,
    ...removed,
  ];
}
