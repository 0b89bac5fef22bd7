/** Old versions of the transaction requests know a fenced producer by one code only. */

import { errorCodes } from '../errors.ts';

/** PRODUCER_FENCED as it was said before it had a code of its own (KIP-588). */
export function fencedCode(errorCode: number): number {
  return errorCode === errorCodes.PRODUCER_FENCED ? errorCodes.INVALID_PRODUCER_EPOCH : errorCode;
}
