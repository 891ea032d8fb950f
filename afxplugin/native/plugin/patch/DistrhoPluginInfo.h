// What DPF needs to know of the patch: two in, two out, delayed, scaled and routed.
#pragma once

#define DISTRHO_PLUGIN_BRAND "afxplugin"
#define DISTRHO_PLUGIN_NAME "AFX Patch"
#define DISTRHO_PLUGIN_URI "urn:afxplugin:patch"
#define DISTRHO_PLUGIN_NUM_INPUTS 2
#define DISTRHO_PLUGIN_NUM_OUTPUTS 2
#define DISTRHO_PLUGIN_IS_RT_SAFE 1
#define DISTRHO_PLUGIN_VST3_CATEGORIES "Fx|Tools"
