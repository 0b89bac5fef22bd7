/** How long there has been no sign of life, in seconds of this process's own: while it was held or slept it did not wait. */
export interface SignWatch {
  sign(): void;
  close(): void;
}

/** `onSilence` is called after each second without a sign, with their number. */
export function watchSigns(onSilence: (seconds: number) => void): SignWatch {
  let seconds = 0;
  const timer = setInterval(() => onSilence(++seconds), 1_000);
  return {
    sign() {
      seconds = 0;
    },
    close: () => clearInterval(timer),
  };
}
