/* SPDX-FileCopyrightText: 2026 The pypeln-glib authors
 * SPDX-License-Identifier: LGPL-2.1-or-later */

#pragma once

#if !defined (PYPELN_GLIB_INSIDE) && !defined (PL_COMPILATION)
#error "Only <pypeln-glib/pypeln-glib.h> can be included directly."
#endif

#include <gio/gio.h>

#include <pypeln-glib/pl-version.h>

G_BEGIN_DECLS

typedef struct _PlCommand PlCommand;
typedef struct _PlIterator PlIterator;
typedef struct _PlListModel PlListModel;
typedef struct _PlRunStatus PlRunStatus;
typedef struct _PlStage PlStage;
typedef struct _PlStageStatus PlStageStatus;
typedef struct _PlValueObject PlValueObject;
typedef struct _PlWorker PlWorker;

/**
 * PL_DECLARE_INTERNAL_TYPE: (skip)
 * @ModuleObjName: as in G_DECLARE_FINAL_TYPE()
 * @module_obj_name: as in G_DECLARE_FINAL_TYPE()
 * @MODULE: as in G_DECLARE_FINAL_TYPE()
 * @OBJ_NAME: as in G_DECLARE_FINAL_TYPE()
 * @ParentName: as in G_DECLARE_FINAL_TYPE()
 *
 * What G_DECLARE_FINAL_TYPE() would declare, for children of a base whose class structure is
 * private to the library: both structures of the child are incomplete outside of its own file.
 *
 * Since: 1.0
 */
#define PL_DECLARE_INTERNAL_TYPE(ModuleObjName, module_obj_name, MODULE, OBJ_NAME, ParentName) \
  PL_AVAILABLE_IN_1_0 \
  GType module_obj_name##_get_type (void); \
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS \
  typedef struct _##ModuleObjName ModuleObjName; \
  typedef struct _##ModuleObjName##Class ModuleObjName##Class; \
  _GLIB_DEFINE_AUTOPTR_CHAINUP (ModuleObjName, ParentName) \
  G_GNUC_UNUSED static inline ModuleObjName * \
  MODULE##_##OBJ_NAME (gpointer ptr) \
  { \
    return G_TYPE_CHECK_INSTANCE_CAST (ptr, module_obj_name##_get_type (), ModuleObjName); \
  } \
  G_GNUC_UNUSED static inline gboolean \
  MODULE##_IS_##OBJ_NAME (gpointer ptr) \
  { \
    return G_TYPE_CHECK_INSTANCE_TYPE (ptr, module_obj_name##_get_type ()); \
  } \
  G_GNUC_END_IGNORE_DEPRECATIONS

G_END_DECLS
