// How long something has lasted, in its two largest units: `4d 7h`, `12m 3s`. Pure.

/** @param lasted in milliseconds */
export const formatAge = (lasted: number): string => {
  const seconds = Math.max(0, Math.floor(lasted / 1000));
  const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86_400)];
  if (days > 0) return `${days}d ${hours % 24}h`;
  if (hours > 0) return `${hours}h ${minutes % 60}m`;
  return minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`;
};
