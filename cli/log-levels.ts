// `regent log`: shows the levels of the rooms, or changes one.

import { askDirector } from '../controller/control/client.ts';
import { alignColumns } from './columns.ts';

export const logLevels = async (socket: string, room: string | undefined, level: string | undefined): Promise<void> => {
  const levels =
    room === undefined || level === undefined
      ? await askDirector(socket, 'GET', '/v1/log/levels')
      : await askDirector(socket, 'PUT', `/v1/log/levels/${encodeURIComponent(room)}`, { level });
  process.stdout.write(`${alignColumns(Object.entries(levels as Record<string, string>)).join('\n')}\n`);
};
