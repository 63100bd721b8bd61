// How qemu is called: one machine without disk or network, the host's root by 9p, two serial ports a session.

import type { Kernel } from './initramfs.ts';

/** The processor's help, or its emulation. */
export type Accelerator = 'kvm' | 'tcg';

export type MachineOptions = {
  readonly accelerator: Accelerator;
  readonly kernel: Kernel;
  readonly initramfs: string;
  readonly memoryMegabytes: number;
  /** Folders lent for writing, in the order of the guest's configuration. */
  readonly exchange: readonly string[];
  /** Character devices as qemu's `-chardev` wants them, without their id: a pair for each session, and one for the console. */
  readonly sessions: readonly { readonly data: string; readonly error: string }[];
  readonly console: string;
};

const kernelLine = [
  'console=ttyS0 quiet loglevel=3 panic=-1',
  // Plain emulation gains from what a kernel does for its safety alone; only the caller is inside.
  'mitigations=off random.trust_cpu=on nokaslr',
  // Else the watchdog of an emulated clock falls back to a clock that is slow to read.
  'tsc=reliable',
  // Beside other work a kernel misses the ticks that it counts to try its timer, and panics: "IO-APIC + timer doesn't work!"
  'no_timer_check',
].join(' ');

// A comma ends a value in qemu's options, unless it is doubled.
const value = (text: string): string => text.replaceAll(',', ',,');

const sharedFolder = (tag: string, path: string, mode: string): string[] => [
  '-fsdev',
  `local,id=${tag},path=${value(path)},security_model=none,multidevs=remap${mode}`,
  '-device',
  `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`,
];

const port = (name: string, number: number, chardev: string): string[] => [
  '-chardev',
  `${chardev},id=${name}`,
  '-device',
  `virtserialport,nr=${number},chardev=${name},name=${name}`,
];

/** The arguments of qemu-system-x86_64 for one machine. */
export const qemuArguments = (options: MachineOptions): string[] => [
  '-nodefaults',
  '-no-user-config',
  '-no-reboot',
  ...['-display', 'none'],
  ...['-machine', 'q35'],
  ...['-accel', options.accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi'],
  ...['-cpu', options.accelerator === 'kvm' ? 'host' : 'max,-la57'],
  ...['-smp', '2'],
  ...['-m', `${options.memoryMegabytes}M`],
  ...['-kernel', options.kernel.image],
  ...['-initrd', options.initramfs],
  ...['-append', kernelLine],
  ...['-chardev', `${options.console},id=console`, '-serial', 'chardev:console'],
  ...sharedFolder('root', '/', ',readonly=on'),
  ...options.exchange.flatMap((folder, index) => sharedFolder(`exchange${index}`, folder, '')),
  ...['-device', 'virtio-serial-pci,max_ports=16'],
  // Port 0 belongs to a console.
  ...options.sessions.flatMap(({ data, error }, index) => [
    ...port(`data${index}`, 2 * index + 1, data),
    ...port(`error${index}`, 2 * index + 2, error),
  ]),
];
