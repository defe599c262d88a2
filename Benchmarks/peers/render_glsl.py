#!/usr/bin/env python3
"""Evaluates an exported GLSL function in a real fragment shader: EGL without a display, on Mesa's llvmpipe for example.

    render_glsl.py --check                      exits with 0 where there is such an implementation
    render_glsl.py SOURCE POINTS VALUES         POINTS and VALUES: raw little-endian floats, (n, 3) and (n)

Prints the renderer and the seconds that compiling and drawing took.
"""

import ctypes
import os
import struct
import sys
import time

WIDTH = 1024
SHADER = """#version 300 es
precision highp float;
precision highp int;
uniform highp sampler2D points;
out vec4 color;
{source}
void main() {{ color = vec4(shape(texelFetch(points, ivec2(gl_FragCoord.xy), 0).xyz), 0.0, 0.0, 1.0); }}
"""
TRIANGLE = """#version 300 es
void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0.0, 1.0); }
"""


def context():
    os.environ.setdefault("LIBGL_ALWAYS_SOFTWARE", "1")
    egl = ctypes.CDLL("libEGL.so.1")
    for name in ("eglGetPlatformDisplay", "eglCreateContext", "eglGetDisplay"):
        getattr(egl, name).restype = ctypes.c_void_p
    # A display of no window system.
    display = egl.eglGetPlatformDisplay(0x31DD, None, None)
    if not display or not egl.eglInitialize(ctypes.c_void_p(display), None, None):
        raise OSError("no EGL display")
    egl.eglBindAPI(0x30A0)
    attributes = (ctypes.c_int * 3)(0x3040, 0x40, 0x3038)
    config, count = ctypes.c_void_p(), ctypes.c_int()
    egl.eglChooseConfig(ctypes.c_void_p(display), attributes, ctypes.byref(config), 1, ctypes.byref(count))
    version = (ctypes.c_int * 3)(0x3098, 3, 0x3038)
    made = egl.eglCreateContext(ctypes.c_void_p(display), config if count.value else None, None, version)
    if not made or not egl.eglMakeCurrent(ctypes.c_void_p(display), None, None, ctypes.c_void_p(made)):
        raise OSError("no OpenGL ES 3 context")
    return ctypes.CDLL("libGLESv2.so.2")


def compiled(gl, kind, text):
    shader = gl.glCreateShader(kind)
    source = ctypes.c_char_p(text.encode())
    gl.glShaderSource(shader, 1, ctypes.byref(source), None)
    gl.glCompileShader(shader)
    ok = ctypes.c_int()
    gl.glGetShaderiv(shader, 0x8B81, ctypes.byref(ok))
    if not ok.value:
        log = ctypes.create_string_buffer(4096)
        gl.glGetShaderInfoLog(shader, 4096, None, log)
        sys.exit(log.value.decode())
    return shader


def texture(gl, height, data):
    name = ctypes.c_uint()
    gl.glGenTextures(1, ctypes.byref(name))
    gl.glBindTexture(0x0DE1, name)
    gl.glTexImage2D(0x0DE1, 0, 0x8814, WIDTH, height, 0, 0x1908, 0x1406, data)
    for parameter in (0x2800, 0x2801):
        gl.glTexParameteri(0x0DE1, parameter, 0x2600)
    return name


def evaluate(gl, source, points):
    count = len(points) // 12
    height = max(1, (count + WIDTH - 1) // WIDTH)
    padded = bytearray(16 * WIDTH * height)
    for index in range(count):
        padded[16 * index:16 * index + 12] = points[12 * index:12 * index + 12]
    start = time.time()
    program = gl.glCreateProgram()
    gl.glAttachShader(program, compiled(gl, 0x8B31, TRIANGLE))
    gl.glAttachShader(program, compiled(gl, 0x8B30, SHADER.format(source=source)))
    gl.glLinkProgram(program)
    ok = ctypes.c_int()
    gl.glGetProgramiv(program, 0x8B82, ctypes.byref(ok))
    if not ok.value:
        sys.exit("the program does not link")
    target = texture(gl, height, None)
    framebuffer = ctypes.c_uint()
    gl.glGenFramebuffers(1, ctypes.byref(framebuffer))
    gl.glBindFramebuffer(0x8D40, framebuffer)
    gl.glFramebufferTexture2D(0x8D40, 0x8CE0, 0x0DE1, target, 0)
    if gl.glCheckFramebufferStatus(0x8D40) != 0x8CD5:
        sys.exit("no framebuffer of floats")
    texture(gl, height, bytes(padded))
    gl.glUseProgram(program)
    gl.glViewport(0, 0, WIDTH, height)
    gl.glDrawArrays(4, 0, 3)
    result = (ctypes.c_float * (4 * WIDTH * height))()
    gl.glReadPixels(0, 0, WIDTH, height, 0x1908, 0x1406, result)
    return [result[4 * index] for index in range(count)], time.time() - start


def main():
    try:
        gl = context()
    except OSError as error:
        sys.exit(str(error))
    gl.glGetString.restype = ctypes.c_char_p
    renderer = gl.glGetString(0x1F01).decode()
    if sys.argv[1] == "--check":
        return print(renderer)
    values, seconds = evaluate(gl, open(sys.argv[1]).read(), open(sys.argv[2], "rb").read())
    with open(sys.argv[3], "wb") as file:
        file.write(struct.pack(f"<{len(values)}f", *values))
    print(f"{renderer}: {seconds:.2f} s")


if __name__ == "__main__":
    main()
