// Lets parts that are made early reach what is made of them later: they send messages, which the last part handles.

export type Bus<Message> = {
  /** Gives the message to the handler at once. */
  readonly send: (message: Message) => void;
  /** Sets the one handler. */
  readonly handle: (handler: (message: Message) => void) => void;
};

/** Messages sent before there is a handler are lost: parts send none while they are made. */
export const createBus = <Message>(): Bus<Message> => {
  let handler: ((message: Message) => void) | undefined;
  return {
    send: (message) => handler?.(message),
    handle: (wanted) => {
      handler = wanted;
    },
  };
};
