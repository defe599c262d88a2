/* shapefit for programs in C, and for whatever calls C.
 *
 * Sign. Distances and fields are NEGATIVE INSIDE, everywhere.
 *
 * Units. Points, lengths and distances are in the mesh's own coordinates.
 *
 * Calls. A call that can fail returns SF_OK or why not; sf_message() then says so in a line. Nothing that an array, a file or a
 * setting holds ends the process. What must hold is what C cannot check: pointers lead to as many numbers as is said, and a handle
 * is one that a call gave and that was not freed.
 *
 * Memory. Arrays are the caller's and are only read or filled during the call. Handles belong to the caller, who frees them; text
 * and arrays that a call hands out are freed with sf_free(). Freeing NULL does nothing.
 *
 * Threads. Calls may be made from any thread, also at the same time on the same handle, except for freeing it. `threads` is the number
 * that a call uses: 0 for one a processor. Results are the same bits for any number. A process may fork at any time; the child
 * can go on calling.
 */
#ifndef SHAPEFIT_H
#define SHAPEFIT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t sf_status;
enum {
    SF_OK = 0,
    SF_INVALID_ARGUMENT = 1, /* a setting or an argument out of its range */
    SF_UNUSABLE_MESH = 2,    /* not a mesh, or not one that has an inside */
    SF_FILE = 3,             /* a file that is not there, cannot be read or cannot be written */
    SF_NOT_LEARNT = 4,       /* a training that diverged or that learnt nothing; a field without a surface */
    SF_NO_ROOM = 5,          /* what was asked for would not fit the memory */
    SF_FAILED = 6            /* anything else */
};

typedef struct sf_mesh sf_mesh;         /* triangles in memory */
typedef struct sf_distance sf_distance; /* a mesh ready for exact questions */
typedef struct sf_field sf_field;       /* a shape that was learnt */
typedef struct sf_surface sf_surface;   /* a surface of a field */

/* The version, such as "0.2.0". */
const char *sf_version(void);

/* What went wrong in this thread's last call that failed: one line, valid until its next. */
const char *sf_message(void);

/* Frees text and arrays that a call handed out. */
void sf_free(void *memory);

/* ---- Meshes ---- */

/* Makes a mesh of `vertices`, (vertex_count, 3), and `triangles`, (triangle_count, 3) indices of them, counter-clockwise seen from
 * outside. Vertices at the same place are joined; triangles without area and repeated ones are dropped, as of a file. */
sf_status sf_mesh_create(const double *vertices, size_t vertex_count, const int64_t *triangles, size_t triangle_count,
                         int32_t threads, sf_mesh **mesh);

/* Reads a file: PLY, STL, OBJ, OFF, glTF, 3MF and what else Assimp reads; or points without faces, whose surface is then found.
 * `import_worker` is a program that calls sf_import_worker(): importers of Assimp then run in it, and one that crashes on a damaged
 * file is an error. NULL: they run in this process. */
sf_status sf_mesh_load(const char *path, const char *import_worker, int32_t threads, sf_mesh **mesh);

size_t sf_mesh_vertex_count(const sf_mesh *mesh);
size_t sf_mesh_triangle_count(const sf_mesh *mesh);

/* Fills `vertices`, (vertex count, 3), and `triangles`, (triangle count, 3). */
sf_status sf_mesh_copy(const sf_mesh *mesh, double *vertices, int64_t *triangles);

/* Writes the mesh in the format that the extension names: obj, ply, stl, glb, gltf, 3mf, … */
sf_status sf_mesh_write(const sf_mesh *mesh, const char *path, int32_t threads);

void sf_mesh_free(sf_mesh *mesh);

/* What the program behind `import_worker` does; returns at once where it was not started as one. */
void sf_import_worker(void);

/* ---- Exact distances to a mesh ---- */

/* `sign` is how inside is told from outside: "automatic", "pseudonormal", "parity" or "winding"; NULL for the first. Closed parts that
 * are inside out are turned. `winding_accuracy` is at least 1, usually 2; infinity sums all triangles exactly. */
sf_status sf_distance_create(const sf_mesh *mesh, const char *sign, float winding_accuracy, int32_t threads,
                             sf_distance **distance);

/* `distances`, (count): to the mesh from each of `points`, (count, 3), negative inside. NaN where a point is not finite. */
sf_status sf_distance_values(const sf_distance *distance, const double *points, size_t count, int32_t threads,
                             float *distances);

/* `inside`, (count): 1 inside, 0 outside. Faster than distances. */
sf_status sf_distance_contains(const sf_distance *distance, const double *points, size_t count, int32_t threads,
                               uint8_t *inside);

/* The closest point of the mesh: `positions`, (count, 3); `distances`, (count), never negative; `triangles`, (count), which of the
 * triangles that the mesh was made of, -1 where a point is not finite. Any of the three may be NULL. */
sf_status sf_distance_closest(const sf_distance *distance, const double *points, size_t count, int32_t threads,
                              double *positions, float *distances, int64_t *triangles);

/* `numbers`, (count): the generalized winding number, 1 inside a closed mesh and 0 outside. */
sf_status sf_distance_winding(const sf_distance *distance, const double *points, size_t count, int32_t threads,
                              float *numbers);

/* `points`, (count, 3), with `distances` and `inside`, (count) each, for training elsewhere; a point depends on its number and on
 * `seed` only. `options` is JSON, or NULL for {"strategy": "near-surface", "deviations": [0.01], "margin": 0.05,
 * "coordinates": "mesh"}; strategies are uniform, sobol, stratified, surface and near-surface, coordinates mesh or unit. */
sf_status sf_distance_sample(const sf_distance *distance, size_t count, uint64_t seed, const char *options,
                             int32_t threads, double *points, float *distances, uint8_t *inside);

/* JSON: sign, bounds, what was noticed of the mesh and done about it. */
sf_status sf_distance_describe(const sf_distance *distance, char **json);

void sf_distance_free(sf_distance *distance);

/* ---- Fields that are learnt ---- */

/* Called several times a second while a fit runs, from the thread that called sf_fit(): the part that is done in [0, 1], the step, the
 * loss (NaN while there is none) and seconds so far. Anything but 0 ends training with what was learnt. */
typedef int32_t (*sf_progress)(void *context, double fraction, int64_t step, float loss, double seconds);

/* Learns a mesh. `settings` is JSON, every key optional: "preset", or "configuration" with every setting; "sigma" (a number or "auto"),
 * "tolerance" (a length, or text such as "0.1%"), "coefficients", "target" ("sdf" or "occupancy"), "steps" or "seconds", "seed",
 * "resolution", "sign". NULL: the preset "default". `progress` may be NULL. */
sf_status sf_fit(const sf_mesh *mesh, const char *settings, int32_t threads, sf_progress progress, void *context,
                 sf_field **field);

/* The settings of sf_fit() with everything that they leave open, as JSON: a "configuration". */
sf_status sf_configuration(const char *settings, char **json);

/* Reads a model that a fit wrote, from a file or from `size` bytes. */
sf_status sf_field_load(const char *path, sf_field **field);
sf_status sf_field_read(const uint8_t *bytes, size_t size, const char *name, sf_field **field);

/* Writes the model (safetensors): the same bytes as of the command with the same settings. */
sf_status sf_field_save(const sf_field *field, const char *path);

/* Writes the field for other programs: .onnx, .glsl, or a grid of `resolution` samples along the longest side as .npy or .npz. */
sf_status sf_field_export(const sf_field *field, const char *path, int32_t resolution, int32_t threads);

/* The bytes of the ONNX file; `bytes` is freed with sf_free(). */
sf_status sf_field_onnx(const sf_field *field, uint8_t **bytes, size_t *size);

/* `values`, (count): the signed distance at each of `points`, (count, 3), negative inside; of a field of occupancy the negated logit.
 * With `gradients`, (count, 3), not NULL also how it changes: of length 1 where a distance is exact, outwards. NaN where a point is
 * not finite. */
sf_status sf_field_values(const sf_field *field, const double *points, size_t count, int32_t threads, float *values,
                          float *gradients);

/* `counts` samples along x, y and z, the first at `origin`, `spacing` apart; `values`, (nz, ny, nx), is freed with sf_free(). */
sf_status sf_field_grid(const sf_field *field, int32_t resolution, int32_t threads, int64_t counts[3], double origin[3],
                        double *spacing, float **values);

/* The surface where the field has the value `level`. `options` is JSON, or NULL: "resolution" (cells along the longest side; without it
 * as many as the fit's own surface), "method" ("marching-cubes" or "dual-contouring"), "simplify" (the part of the triangles to keep),
 * "normals" (whether to compute them). */
sf_status sf_field_extract(const sf_field *field, float level, const char *options, int32_t threads, sf_surface **surface);

/* JSON: IoU of the field against a mesh, its distances against the true ones, and its surface against the mesh. */
sf_status sf_field_evaluate(const sf_field *field, const sf_mesh *mesh, int32_t threads, char **json);

/* JSON: target, bounds, transform, number of parameters, how far distances are true, settings; and what the fit measured. */
sf_status sf_field_describe(const sf_field *field, char **json);

void sf_field_free(sf_field *field);

size_t sf_surface_vertex_count(const sf_surface *surface);
size_t sf_surface_triangle_count(const sf_surface *surface);

/* Fills `vertices`, (vertex count, 3), `triangles`, (triangle count, 3), and `normals`, (vertex count, 3), where they were computed. Any
 * may be NULL. */
sf_status sf_surface_copy(const sf_surface *surface, double *vertices, int64_t *triangles, float *normals);

/* As sf_mesh_write(), with normals where they were computed. */
sf_status sf_surface_write(const sf_surface *surface, const char *path, int32_t threads);

void sf_surface_free(sf_surface *surface);

#ifdef __cplusplus
}
#endif
#endif
