/** Leaves of a tree at most: 2^14. A larger one is refused before it is read. */
export const mostLeaves = 16_384;

/** Nodes of an update path at most: the height of a tree of {@link mostLeaves} leaves. */
export const mostPathNodes = 14;

/** Proposals of a commit, and persons a Welcome is for, at most. */
export const mostProposals = mostLeaves;

/** Types in one list of capabilities, or in one list of required ones, at most. */
export const mostCapabilities = 1_024;

/** Extensions of one struct, components of a dictionary and external senders at most. */
export const mostExtensions = 1_024;

/** Certificates of a chain at most. */
export const mostCertificates = 32;

/** Pre-shared keys that a Welcome names at most. */
export const mostPreSharedKeys = 1_024;

/** Proposals that may wait for a commit in one epoch. */
export const mostPendingProposals = 1_024;
