/**
 * A terminal with a picture at its bottom that is drawn again and again, while log lines scroll above it. The cursor
 * stays visible, and what was drawn last stays on the terminal when it is closed.
 */
import { createLogUpdate } from 'log-update';
import type { Output } from './terminal.ts';

export interface Screen extends Output {
  /** Room for the picture. */
  readonly width: number;
  readonly height: number;
  draw(lines: readonly string[]): void;
  /** Later lines go below the picture. */
  close(): void;
}

export function createScreen(stream: NodeJS.WriteStream): Screen {
  const update = createLogUpdate(stream, { showCursor: true });
  let picture = '';
  return {
    get width() {
      return stream.columns || 80;
    },
    get height() {
      return stream.rows || 24;
    },
    write(text) {
      if (picture === '') return stream.write(text);
      update.persist(text.replace(/\n$/, ''));
      return update(picture);
    },
    draw(lines) {
      // An empty line keeps the log apart.
      picture = ['', ...lines].join('\n');
      update(picture);
    },
    close() {
      picture = '';
      update.done();
    },
  };
}

/** From when on a person wants to know that it goes on, in ms. */
const patienceMs = 1_000;

/** Tells a person who waits for long what for, and since when; ended by the answered function it leaves no trace. */
export function tellWaiting(stream: NodeJS.WriteStream, what: string): () => void {
  const update = createLogUpdate(stream, { showCursor: true });
  const began = performance.now();
  const timer = setInterval(() => update(`${what}… ${Math.round((performance.now() - began) / 1000)} s`), patienceMs);
  return () => {
    clearInterval(timer);
    update.clear();
  };
}
