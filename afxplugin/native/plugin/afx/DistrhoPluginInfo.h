// What DPF needs to know of the two plugins that are made of this folder: AFX, and with AFX_LIVE AFX Live.
#pragma once

#define DISTRHO_PLUGIN_BRAND "afxplugin"
#if AFX_LIVE
#define DISTRHO_PLUGIN_NAME "AFX Live"
#define DISTRHO_PLUGIN_URI "urn:afxplugin:live"
#define DISTRHO_PLUGIN_CLAP_ID "afxplugin.live"
#else
#define DISTRHO_PLUGIN_NAME "AFX"
#define DISTRHO_PLUGIN_URI "urn:afxplugin:afx"
#define DISTRHO_PLUGIN_CLAP_ID "afxplugin.afx"
#endif
#define DISTRHO_PLUGIN_NUM_INPUTS 2
#define DISTRHO_PLUGIN_NUM_OUTPUTS 2
#define DISTRHO_PLUGIN_IS_RT_SAFE 1
#define DISTRHO_PLUGIN_WANT_LATENCY 1
#define DISTRHO_PLUGIN_WANT_STATE 1
#define DISTRHO_PLUGIN_WANT_FULL_STATE 1
#define DISTRHO_PLUGIN_LV2_CATEGORY "lv2:SimulatorPlugin"
#define DISTRHO_PLUGIN_VST3_CATEGORIES "Fx|Distortion"
#define DISTRHO_PLUGIN_CLAP_FEATURES "audio-effect", "distortion", "mono", "stereo"
