// The clock of another host, also while a drill has set it: its times as ours. Pure.

export type HostClock = {
  /** @param theirs and `now` in milliseconds; now by our clock. @returns by our clock. */
  readonly read: (theirs: number, now: number) => number;
  /** How far it is ahead, in milliseconds. */
  readonly ahead: () => number;
  /** It is about to be set, or was measured anew; what it said before is still read. */
  readonly set: (ahead: number) => void;
};

/** Two measurements of one setting differ by less, in milliseconds. */
const sameSetting = 400;

/** What a host said cannot be later than now by more than this, in milliseconds: the error of the comparison. */
const comparisonError = 50;

export const createHostClock = (first: number): HostClock => {
  let settings: readonly number[] = [first];
  const ahead = (): number => settings[0] ?? 0;
  return {
    // A line is read soon after it is written: of the settings that place it before now, the latest is right.
    read: (theirs, now) => {
      const times = settings.map((setting) => theirs - setting);
      const past = times.filter((time) => time <= now + comparisonError);
      return past.length === 0 ? theirs - ahead() : Math.max(...past);
    },
    ahead,
    set: (setting) => {
      // An estimate makes way for a measurement.
      settings = [setting, ...settings.filter((one) => Math.abs(one - setting) > sameSetting)];
    },
  };
};
