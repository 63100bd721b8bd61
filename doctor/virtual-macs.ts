// Examines the interfaces with virtual MACs: that they are what their routers need, in the VRF of their parents. Judged purely.

import type { DirectorConfig } from '../config/model/model.ts';
import { virtualMacOf } from '../config/model/virtual-mac.ts';
import type { MacvlanEntry } from '../kernel/route/macvlans.ts';
import type { Finding } from './finding.ts';

export type SeenMacvlans = {
  /** The names of all interfaces. */
  readonly names: ReadonlySet<string>;
  /** Those with a virtual MAC. */
  readonly macvlans: readonly MacvlanEntry[];
  /** The VRF of each interface that is in one. */
  readonly vrfs: ReadonlyMap<string, string>;
};

const inWords = (vrf: string | undefined): string => (vrf === undefined ? 'no VRF' : `VRF ${vrf}`);

export const judgeVirtualMacs = ({ vrrp }: DirectorConfig, { names, macvlans, vrfs }: SeenMacvlans): Finding[] =>
  vrrp.routers.flatMap((router): Finding[] => {
    const { virtualMac, interface: parent } = router;
    // It is made once its router runs.
    if (virtualMac === undefined || !names.has(virtualMac.interface)) return [];
    const { interface: name } = virtualMac;
    const mac = virtualMacOf(router);
    const found = macvlans.find((one) => one.name === name);
    if (found === undefined)
      return [
        {
          code: 'virtual-mac-taken',
          severity: 'error',
          about: name,
          message: `is another interface than the one with ${mac} that router ${router.name} needs: its addresses have no virtual MAC`,
          mend: `ip link delete dev ${name}`,
        },
      ];
    const [own, wanted] = [vrfs.get(name), vrfs.get(parent)];
    // The director makes one above another parent again.
    if (own === wanted || found.parent !== parent) return [];
    return [
      {
        code: 'virtual-mac-outside',
        severity: 'error',
        about: name,
        message: `is in ${inWords(own)}, and its parent ${parent} in ${inWords(wanted)}: the addresses of router ${router.name} do not answer`,
        mend: `ip link set dev ${name} ${wanted === undefined ? 'nomaster' : `master ${wanted}`}`,
      },
    ];
  });
