# One DPF plugin in several formats: afx_add_plugin(NAME DIR FORMATS.. DEFINITIONS.. SOURCES.. LIBRARIES..). DIR holds the sources
# and DistrhoPluginInfo.h. The bundles end up in AFX_PLUGIN_DIR, ready to be copied into a user's plugin folders.
set(AFX_DPF_DIR /usr/share/dpf CACHE PATH "DISTRHO Plugin Framework (Debian: dpf-source)")
if(CMAKE_LIBRARY_OUTPUT_DIRECTORY)
  set(AFX_PLUGIN_DIR ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/plugins)
else()
  set(AFX_PLUGIN_DIR ${CMAKE_BINARY_DIR}/plugins)
endif()
set(AFX_PLUGIN_MAIN ${CMAKE_CURRENT_LIST_DIR}/main.cpp)

# DPF's describer: loads an LV2 plugin and writes its Turtle files into the current folder.
add_executable(lv2_ttl_generator EXCLUDE_FROM_ALL ${AFX_DPF_DIR}/utils/lv2-ttl-generator/lv2_ttl_generator.c)
target_link_libraries(lv2_ttl_generator PRIVATE ${CMAKE_DL_LIBS})
target_compile_options(lv2_ttl_generator PRIVATE -w)

function(afx_bundle_place NAME FORMAT FOLDER FILE SUFFIX)
  string(TOUPPER ${FORMAT} upper)
  target_compile_definitions(${NAME}-${FORMAT} PRIVATE DISTRHO_PLUGIN_TARGET_${upper}=1)
  set_target_properties(${NAME}-${FORMAT} PROPERTIES PREFIX "" OUTPUT_NAME ${FILE} SUFFIX ${SUFFIX}
                        LIBRARY_OUTPUT_DIRECTORY ${AFX_PLUGIN_DIR}/${FOLDER})
endfunction()

function(afx_add_plugin NAME)
  cmake_parse_arguments(PLUGIN "" "DIR" "FORMATS;DEFINITIONS;SOURCES;LIBRARIES" ${ARGN})
  add_library(${NAME}-parts OBJECT ${PLUGIN_SOURCES})
  target_include_directories(${NAME}-parts PUBLIC ${PLUGIN_DIR})
  target_include_directories(${NAME}-parts SYSTEM PUBLIC ${AFX_DPF_DIR}/distrho)
  target_compile_definitions(${NAME}-parts PUBLIC ${PLUGIN_DEFINITIONS})
  target_link_libraries(${NAME}-parts PUBLIC afx ${PLUGIN_LIBRARIES})
  foreach(format ${PLUGIN_FORMATS})
    set(symbols ${format})
    if(format STREQUAL lv2)
      set(symbols lv2-dsp)
    endif()
    add_library(${NAME}-${format} MODULE ${AFX_PLUGIN_MAIN})
    target_link_libraries(${NAME}-${format} PRIVATE ${NAME}-parts ${CMAKE_DL_LIBS} Threads::Threads
                          -Wl,--version-script=${AFX_DPF_DIR}/utils/symbols/${symbols}.version)
    target_compile_options(${NAME}-${format} PRIVATE -w -fvisibility=hidden)  # DPF's own sources
    if(format STREQUAL vst3)
      afx_bundle_place(${NAME} vst3 ${NAME}.vst3/Contents/${CMAKE_SYSTEM_PROCESSOR}-linux ${NAME} .so)
    elseif(format STREQUAL clap)
      afx_bundle_place(${NAME} clap . ${NAME} .clap)
    elseif(format STREQUAL lv2)
      afx_bundle_place(${NAME} lv2 ${NAME}.lv2 ${NAME}_dsp .so)
      add_dependencies(${NAME}-lv2 lv2_ttl_generator)
      add_custom_command(TARGET ${NAME}-lv2 POST_BUILD WORKING_DIRECTORY ${AFX_PLUGIN_DIR}/${NAME}.lv2
                         COMMAND $<TARGET_FILE:lv2_ttl_generator> $<TARGET_FILE:${NAME}-lv2>)
    endif()
  endforeach()
endfunction()
