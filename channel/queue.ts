// Frames queued for a process that does not read: bounded in bytes; the oldest droppable ones make room. Pure data structure.

type Waiting = { readonly bytes: Buffer; readonly droppable: boolean };

export type FrameQueue = {
  /**
   * Appends a frame; drops the oldest droppable frames if it needs room.
   * @returns how many frames were dropped, and whether this one was accepted; if it cannot fit, no other frame is dropped.
   */
  readonly push: (bytes: Buffer, droppable: boolean) => { readonly accepted: boolean; readonly dropped: number };
  readonly shift: () => Buffer | undefined;
  readonly length: () => number;
};

export const createFrameQueue = (limit: number): FrameQueue => {
  let waiting: Waiting[] = [];
  let head = 0;
  let size = 0;
  let droppableSize = 0;

  const account = (entry: Waiting, sign: 1 | -1): void => {
    size += sign * entry.bytes.length;
    if (entry.droppable) droppableSize += sign * entry.bytes.length;
  };

  const makeRoom = (needed: number): number => {
    let freed = 0;
    let dropped = 0;
    waiting = waiting.slice(head).filter((entry) => {
      if (!entry.droppable || freed >= needed) return true;
      freed += entry.bytes.length;
      dropped += 1;
      account(entry, -1);
      return false;
    });
    head = 0;
    return dropped;
  };

  return {
    push: (bytes, droppable) => {
      const excess = size + bytes.length - limit;
      if (excess > droppableSize) return { accepted: false, dropped: 1 };
      // Frees at least a quarter of the limit, so that a full queue is not walked again for every frame.
      const dropped = excess > 0 ? makeRoom(Math.max(excess, limit / 4)) : 0;
      const entry = { bytes, droppable };
      waiting.push(entry);
      account(entry, 1);
      return { accepted: true, dropped };
    },
    shift: () => {
      const entry = waiting[head];
      if (entry === undefined) return undefined;
      head += 1;
      account(entry, -1);
      if (head === waiting.length || head > 1024) {
        waiting = waiting.slice(head);
        head = 0;
      }
      return entry.bytes;
    },
    length: () => waiting.length - head,
  };
};
