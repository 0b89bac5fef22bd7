/** "Not asked for", in place of a set of authorized operations: there is no security here. */
export const noOperations = -2147483648;
