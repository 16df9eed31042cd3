/** How papers write a method's name, where it is not the code's. */
const TITLES: Readonly<Record<string, string>> = {
  postLN: 'Post-LN',
  preLN: 'Pre-LN',
  admin: 'Admin',
  adminConstant: 'Admin, constant',
  reZero: 'ReZero',
  reZeroPostLN: 'ReZero, Post-LN',
  skipInit: 'SkipInit',
  layerScale: 'LayerScale',
  fixup: 'Fixup',
  tFixup: 'T-Fixup',
  deepNorm: 'DeepNorm',
  sandwich: 'Sandwich',
  normFormer: 'NormFormer',
  b2t: 'B2T connection',
  subLN: 'Sub-LN',
  gpt2Scaling: 'GPT-2 scaling',
  scaleNorm: 'ScaleNorm',
  depthMuP: 'Depth-μP',
  completeP: 'CompleteP',
  lipschitz: 'Lipschitz residuals',
};

export const titleOf = (name: string): string => TITLES[name] ?? name;
