import type { GeneralSubtree, NameConstraints } from "@peculiar/asn1-x509";
import { ReadbackError } from "@readback/core/wire";

/** Which hosts URIs may have (RFC 5280 §4.2.1.10); `undefined`: all. */
export interface UriConstraints {
  readonly permitted: readonly string[] | undefined;
  readonly excluded: readonly string[];
}

/**
 * What an authority's name constraints mean for the names of a device, which are URIs. Names of directories are everywhere,
 * so constraints of those would have to be held to, and are not understood: throws `malformed`. So it does for depths, which
 * RFC 5280 does not use, lists without an entry and what is no host.
 */
export function uriConstraints({ permittedSubtrees, excludedSubtrees }: NameConstraints): UriConstraints {
  const lists = [permittedSubtrees, excludedSubtrees].flatMap((list) => list ?? []);
  if (permittedSubtrees?.length === 0 || excludedSubtrees?.length === 0 || lists.length === 0)
    throw notUnderstood();
  const permitted = hostsOf(permittedSubtrees ?? []);
  return {
    permitted: permitted.length === 0 ? undefined : permitted,
    excluded: hostsOf(excludedSubtrees ?? []),
  };
}

/** Whether a host is one that URIs may have. */
export function allowsHost({ permitted, excluded }: UriConstraints, host: string): boolean {
  const isIn = (constraint: string): boolean =>
    constraint.startsWith(".") ? host.endsWith(constraint) : host === constraint;
  return (permitted === undefined || permitted.some(isIn)) && !excluded.some(isIn);
}

function hostsOf(subtrees: readonly GeneralSubtree[]): string[] {
  return subtrees.flatMap(({ base, minimum, maximum }) => {
    if (base.directoryName !== undefined || minimum !== 0 || maximum !== undefined) throw notUnderstood();
    const host = base.uniformResourceIdentifier?.toLowerCase();
    // What is no host would exclude nothing.
    if (host !== undefined && !/^\.?[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(host)) throw notUnderstood();
    return host === undefined ? [] : [host];
  });
}

function notUnderstood(): ReadbackError {
  return new ReadbackError("malformed", "A certificate has name constraints that are not understood.");
}
