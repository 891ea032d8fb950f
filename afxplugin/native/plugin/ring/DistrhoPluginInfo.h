// What DPF needs to know of the two plugins that are made of this folder: the source, and with AFX_RING_SINK the sink.
#pragma once

#define DISTRHO_PLUGIN_BRAND "afxplugin"
#if AFX_RING_SINK
#define DISTRHO_PLUGIN_NAME "AFX Ring Sink"
#define DISTRHO_PLUGIN_URI "urn:afxplugin:ring-sink"
#define DISTRHO_PLUGIN_NUM_INPUTS 2
#define DISTRHO_PLUGIN_NUM_OUTPUTS 0
#else
#define DISTRHO_PLUGIN_NAME "AFX Ring Source"
#define DISTRHO_PLUGIN_URI "urn:afxplugin:ring-source"
#define DISTRHO_PLUGIN_NUM_INPUTS 0
#define DISTRHO_PLUGIN_NUM_OUTPUTS 2
#endif
#define DISTRHO_PLUGIN_IS_RT_SAFE 0
#define DISTRHO_PLUGIN_WANT_TIMEPOS 1
#define DISTRHO_PLUGIN_VST3_CATEGORIES "Fx|Tools"
