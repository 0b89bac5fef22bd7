/** Turns the file system's errors into one that says what to do about it. */

import { KafkaError } from '../errors.ts';

const ways: { readonly [code: string]: string } = {
  ENOSPC: 'the disk is full: make room, the broker then goes on',
  EDQUOT: 'the disk quota is used up: make room, the broker then goes on',
  EROFS: 'the file system is read-only: choose another folder',
  EACCES: 'no permission: choose another folder, or change its owner',
  EPERM: 'no permission: choose another folder, or change its owner',
  ENOTDIR: 'a part of the path is a file: choose another folder',
  EEXIST: 'a file is in its place: choose another folder',
  EFBIG: 'the file has reached the limit of this process (ulimit -f): raise it',
  EMFILE: 'too many open files: raise the limit (ulimit -n)',
};

/** A KAFKA_STORAGE_ERROR with the place, the reason and the way out. */
export function storageError(error: unknown, what: string): KafkaError {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = (code !== undefined && ways[code]) || message;
  return new KafkaError('KAFKA_STORAGE_ERROR', `${what}: ${reason}`, { cause: error });
}
